using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;
using static RaftKv.Tests.Storage.SnapshotSamples;

namespace RaftKv.Tests.Storage;

/// <summary>What the log forgets, and how it goes on after a snapshot.</summary>
public sealed class WriteAheadLogCompactionTests
{
    private static string LogDirectory => LogSamples.Directory;

    private static WriteAheadLog OpenAfter(CrashDisk disk, SnapshotMeta? snapshot) => WriteAheadLog.Open(disk, LogDirectory, Options, snapshot);

    private static int Segments(CrashDisk disk) => disk.List(LogDirectory).Count(n => LogFormat.NumberIn(n) is not null);

    [Fact]
    public void CompactTo_DropsWholeSegmentsOnlyAndTheRestStaysReadable()
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            for (var i = 1; i <= 20; i++)
            {
                log.Commit(Save(i, i == 1 ? State(3, 2) : null, null, Entry(i, 1, new string('x', 900))));
            }

            var before = Segments(disk);
            log.Commit(Save(21) with { CompactTo = new LogIndex(11) });
            Assert.True(Segments(disk) < before);
            Assert.InRange(log.First.Value, 2, 12);
            Assert.Empty(log.Read(Range(1, 3), int.MaxValue));
            Assert.Equal(9, log.Read(Range(12, 20), int.MaxValue).Count);
            log.Commit(Save(22, null, null, Entry(21, 1, "next")));
        }

        using var again = OpenAfter(disk, Meta(11, 1));
        Assert.Equal((State(3, 2), 21L), (again.Recovered.HardState, again.Last.Index.Value));
        Assert.Equal(["21@1 Command next"], again.Read(Range(21, 21), int.MaxValue).Texts());
        Assert.Equal((Meta(11, 1), new LogIndex(11)), (again.Recovered.Snapshot, again.Recovered.Applied));
        Assert.Equal(again.First.Value - 1, again.Recovered.Compacted.Index.Value);
        Assert.Equal(21 - again.Recovered.Compacted.Index.Value, again.Recovered.Entries.Count);
    }

    [Fact]
    public void CompactTo_NeverLetsTheLogBeginWhereALaterRecordDeletesFromBefore()
    {
        for (var from = 2; from <= 12; from++)
        {
            var disk = new CrashDisk();
            using (var log = Open(disk))
            {
                for (var i = 1; i <= 12; i++)
                {
                    log.Commit(Save(i, null, null, Entry(i, 1, new string('x', 900))));
                }

                log.Commit(Save(13, State(2), from, Entry(from, 2, "instead")));
                for (var i = from + 1; i <= 14; i++)
                {
                    log.Commit(Save(100 + i, null, null, Entry(i, 2, new string('y', 900))));
                }

                log.Commit(Save(200) with { CompactTo = new LogIndex(14) });
                log.Commit(Save(201, null, null, Entries(15, 17, 2, 1500)));
                log.Commit(Save(202, null, null, Entries(18, 20, 2, 1500)));
            }

            using var again = OpenAfter(disk, Meta(14, 2));
            Assert.Equal(At(20, 2), again.Last);
            Assert.Equal(3, again.Read(Range(18, 20), int.MaxValue).Count);
        }
    }

    /// <summary>Anyone who reads between two deletions finds entries that are there, though a truncation changed what a dropped segment ends with.</summary>
    [Fact]
    public void Read_BetweenTwoDroppedSegments_FindsOnlyWhatIsStillThere_H16()
    {
        var reads = 0;
        for (var from = 2; from <= 12; from++)
        {
            WriteAheadLog? log = null;
            var disk = new DiskThatTellsOfDeletions(new CrashDisk(), () =>
            {
                log!.Read(Range(1, 40), int.MaxValue);
                for (var index = 1; index <= 20; index++)
                {
                    reads += log.Read(Range(index, index), int.MaxValue).Count;
                }
            });
            using (log = WriteAheadLog.Open(disk, LogDirectory, Options))
            {
                for (var i = 1; i <= 12; i++)
                {
                    log.Commit(Save(i, null, null, Entry(i, 1, new string('x', 900))));
                }

                log.Commit(Save(13, State(2), from, Entry(from, 2, "instead")));
                for (var i = from + 1; i <= 20; i++)
                {
                    log.Commit(Save(100 + i, null, null, Entry(i, 2, new string('y', 900))));
                }

                log.Commit(Save(200) with { CompactTo = new LogIndex(20) });
            }
        }

        Assert.True(reads > 50, $"{reads}");
    }

    [Fact]
    public void Read_WhileItsSegmentIsDropped_StillEnds()
    {
        var disk = new CrashDisk();
        using var log = Open(disk);
        for (var i = 1; i <= 200; i++)
        {
            log.Commit(Save(i, null, null, Entry(i, 1, new string('x', 900))));
        }

        using var stop = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                log.Read(Range(log.First.Value, 200), int.MaxValue);
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 1; i <= 190; i++)
        {
            log.Commit(Save(1000 + i) with { CompactTo = new LogIndex(i) });
        }

        stop.Cancel();
#pragma warning disable xUnit1031 // It ends at once: it was told to.
        reader.Wait(TestContext.Current.CancellationToken);
#pragma warning restore xUnit1031
        Assert.True(log.First.Value > 150);
    }

    [Theory]
    [InlineData(30, 5)]
    [InlineData(8, 5)]
    [InlineData(3, 9)]
    public void ResetTo_ReplacesTheWholeLogAndKeepsTheVote_S1(long index, long term)
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            log.Commit(Save(1, State(4, 2), null, Entries(1, 10, 4, 900)));
            log.Commit(Save(2, State(9, 3), null) with { ResetTo = At(index, term) });
            Assert.Equal((At(index, term), index + 1), (log.Last, log.First.Value));
            log.Commit(Save(3, null, null, Entry(index + 1, 9, "next")));
        }

        using var again = OpenAfter(disk, Meta(index, term));
        Assert.Equal((State(9, 3), At(index, term), 1), (again.Recovered.HardState, again.Recovered.Compacted, again.Recovered.Entries.Count));
        Assert.Equal([$"{index + 1}@9 Command next"], again.Read(Range(index + 1, index + 1), int.MaxValue).Texts());
    }

    /// <summary>On a full disk the segment before is all that can make room, also when the server was started again since the snapshot came.</summary>
    [Fact]
    public void ResetTo_BeforeARestart_LetsGoOfTheSegmentBeforeTheNext_P11_H11()
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            log.Commit(Save(1, State(4, 2), null, Entries(1, 3, 4, 900)));
            log.Commit(Save(2) with { ResetTo = At(30, 4) });
        }

        using var again = OpenAfter(disk, Meta(30, 4));
        again.Commit(Save(3, null, null, Entries(31, 33, 4, 900)));
        Assert.Equal(1, Segments(disk));
    }

    [Theory]
    [InlineData(12, 1, true)]
    [InlineData(5, 2, true)]
    [InlineData(5, 1, false)]
    [InlineData(10, 1, false)]
    public void Open_SnapshotThatIsNotInTheLog_TakesItsPlace_S4(long index, long term, bool resets)
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            log.Commit(Save(1, State(2, 1), null, Entries(1, 10, 1)));
        }

        for (var start = 0; start < 2; start++)
        {
            using var log = OpenAfter(disk, Meta(index, term));
            Assert.Equal(resets ? At(index, term) : At(10, 1), log.Last);
            Assert.Equal(State(2, 1), log.Recovered.HardState);
            Assert.Equal(resets ? 0 : 10, log.Recovered.Entries.Count);
        }
    }

    [Fact]
    public void Open_LogThatBeginsAfterTheSnapshot_IsRefused_P9()
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            log.Commit(Save(1, State(2, 1), null) with { ResetTo = At(50, 2) });
        }

        Assert.Contains("ends with entry 40@2", Assert.Throws<InvalidDataException>(() => OpenAfter(disk, Meta(40, 2))).Message, StringComparison.Ordinal);
        Assert.Contains("begins after entry 50@2", Assert.Throws<InvalidDataException>(() => OpenAfter(disk, null)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => OpenAfter(disk, Meta(50, 3)));
        OpenAfter(disk, Meta(50, 2)).Dispose();
    }

    [Fact]
    public void TrimNote_ASecondCutExtendsTheFirst_P4()
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            log.Commit(Save(1, State(3), null, Entries(1, 5, 3)));
            log.Commit(Save(2, null, null, Entry(6, 3, "torn")));
        }

        Tear(disk);
        using (var log = Open(disk))
        {
            Assert.Equal((At(5, 3), new Term(3)), (log.Recovered.TrimmedAt, log.Recovered.TrimmedUntil));
            log.Commit(Save(1, State(4), null, Entries(6, 9, 4)));
            log.Commit(Save(2, null, null, Entry(10, 4, "torn")));
        }

        Tear(disk);
        using var again = Open(disk);
        Assert.Equal((At(5, 3), new Term(4), true), (again.Recovered.TrimmedAt, again.Recovered.TrimmedUntil, again.Recovered.TailWasTrimmed));
    }

    [Fact]
    public void JsonLog_TakesNoSnapshotAndForgetsNothing()
    {
        using var log = LogSamples.Open(LogKind.Json, new CrashDisk());
        log.Commit(Save(1, null, null, Entries(1, 3, 1)) with { CompactTo = new LogIndex(2) });
        Assert.Equal(3, log.Read(Range(1, 3), int.MaxValue).Count);
        Assert.Throws<InvalidOperationException>(() => log.Append([Save(2) with { ResetTo = At(9, 2) }]));
    }

    private static void Tear(CrashDisk disk)
    {
        var bytes = disk.Bytes(FirstSegment);
        bytes[bytes.AsSpan().LastIndexOfAnyExcept((byte)0)] ^= 1;
    }

    /// <summary>A disk on which something happens right after each deletion of a segment.</summary>
    private sealed class DiskThatTellsOfDeletions(CrashDisk disk, Action deleted) : DiskDecorator(disk)
    {
        public override void Delete(string path)
        {
            base.Delete(path);
            if (path.EndsWith(LogFormat.Extension, StringComparison.Ordinal))
            {
                deleted();
            }
        }
    }
}
