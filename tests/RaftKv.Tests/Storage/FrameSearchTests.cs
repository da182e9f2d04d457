using System.Buffers.Binary;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

/// <summary>A torn end is told from damage whatever bytes a client wrote into it, and without reading each byte many times.</summary>
public sealed class FrameSearchTests
{
    private const ulong Salt = 0x1122334455667788;

    [Fact]
    public void ChecksumOverZeros_IsThatOfTheZeros()
    {
        var random = new Random(1);
        for (var length = 0; length < 5000; length += 1 + (length / 10))
        {
            var crc = (uint)random.NextInt64(uint.MaxValue);
            Assert.Equal(Crc32C.Continue(crc, new byte[length]), Crc32C.OverZeros(crc, length));
        }
    }

    /// <summary>Frames, and bytes that could be lengths of frames, at places that a seed says: the same is found as by trying each.</summary>
    [Fact]
    public void Find_FindsWhatTryingEveryPlaceFinds_P4_H12()
    {
        var found = 0;
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var bytes = new byte[8 * random.Next(1, 100)];
            for (var at = 0; at + 4 <= bytes.Length; at += 4)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), random.Next(4) == 0 ? 0 : random.Next(bytes.Length + 40));
            }

            for (var frames = random.Next(3); frames > 0; frames--)
            {
                PlaceFrame(bytes, random);
            }

            var after = random.Next(12);
            var expected = ByTryingEveryPlace(bytes, after);
            Assert.Equal(expected, FrameSearch.Find(bytes, Salt, after));
            found += expected is null ? 0 : 1;
        }

        Assert.InRange(found, 300, 1700);
    }

    /// <summary>Eight mebibytes of small integers: read as lengths, they would have each byte summed up a million times.</summary>
    [Fact]
    public async Task Open_TornEndFullOfSmallIntegers_IsTrimmedInATimeThatGrowsWithItsLength_P4_H12()
    {
        var integers = new byte[8 * 1024 * 1024];
        for (var at = 0; at < integers.Length; at += 4)
        {
            BinaryPrimitives.WriteInt32LittleEndian(integers.AsSpan(at), 1 + (int)((at * 2654435761L) % (integers.Length - at)));
        }

        var disk = new CrashDisk();
        var options = new WriteAheadLogOptions { SegmentBytes = 16 * 1024 * 1024, Salt = Salt };
        using (var log = WriteAheadLog.Open(disk, LogSamples.Directory, options))
        {
            log.Commit(Save(1, State(1), null, Entry(1, 1, "kept")));
            var value = new LogEntry(new EntryId(new Term(1), new LogIndex(2)), EntryKind.Command, integers);
            log.Append([Save(2, null, null, value)]);
        }

        // The sector with the frame's beginning did not reach the disk, all others did.
        var torn = disk.Bytes(FirstSegment).AsSpan(72);
        torn[(int)LogFormat.Padded(LogFormat.FrameHeaderBytes + (2 * LogFormat.RecordHeaderBytes) + 4)..440].Clear();
        var opening = Task.Run(() => WriteAheadLog.Open(disk, LogSamples.Directory, options), TestContext.Current.CancellationToken);

        // It takes about a second; to sum up each byte for every length before it would take an hour.
        using var opened = await opening.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
        Assert.True(opened.Recovered.TailWasTrimmed);
        Assert.Equal(1, opened.Last.Index.Value);
    }

    private static void PlaceFrame(byte[] bytes, Random random)
    {
        var at = 8 * random.Next(bytes.Length / 8);
        var length = 40 + random.Next(60);
        if (at + length > bytes.Length)
        {
            return;
        }

        random.NextBytes(bytes.AsSpan(at, length));
        LogFormat.SealFrame(bytes.AsSpan(at, length), random.Next(12), random.Next(8) == 0 ? Salt + 1 : Salt);
        if (random.Next(8) != 0)
        {
            bytes.AsSpan(at + length, (int)LogFormat.Padded(length) - length).Clear();
        }
    }

    private static (int Offset, long Number)? ByTryingEveryPlace(byte[] bytes, long after)
    {
        for (var at = 0; at < bytes.Length; at += 8)
        {
            if (LogFormat.TryReadFrame(bytes.AsSpan(at), Salt, out var number, out _) && number > after)
            {
                return (at, number);
            }
        }

        return null;
    }
}
