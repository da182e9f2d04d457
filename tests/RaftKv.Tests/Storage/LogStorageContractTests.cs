using RaftKv.Core.Consensus;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

/// <summary>What every log promises to the driver.</summary>
public sealed class LogStorageContractTests
{
    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void Open_EmptyDirectory_IsNoRestart(LogKind kind)
    {
        using var log = Open(kind, new CrashDisk());
        Assert.False(log.Recovered.IsRestart);
        Assert.False(log.Recovered.TailWasTrimmed);
        Assert.Equal(EntryId.Zero, log.Last);
        Assert.Empty(log.Read(Range(1, 10), int.MaxValue));
    }

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void Open_AfterCleanStop_FindsEverything(LogKind kind)
    {
        var disk = new CrashDisk();
        using (var log = Open(kind, disk))
        {
            log.Commit(Save(1, State(3, 2), null, Entry(1, 3), Entry(2, 3, "hello")));
            log.Commit(Save(2, null, null, Entry(3, 3, new string('x', 10_000))));
            log.Commit(Save(3, State(4)));
        }

        using var again = Open(kind, disk);
        Assert.Equal(State(4), again.Recovered.HardState);
        Assert.True(again.Recovered.IsRestart);
        Assert.False(again.Recovered.TailWasTrimmed);
        Assert.Equal(
            [new EntryMeta(new Term(3), 32), new EntryMeta(new Term(3), 37), new EntryMeta(new Term(3), 10_032)],
            again.Recovered.Entries);
        Assert.Equal(["1@3 NoOp ", "2@3 Command hello"], again.Read(Range(1, 2), int.MaxValue).Texts());
        Assert.Equal(10_000, again.Read(Range(3, 3), 1).Single().Payload.Length);
    }

    [Theory]
    [InlineData(LogKind.WriteAhead, 1, 1)]
    [InlineData(LogKind.WriteAhead, 41, 1)]
    [InlineData(LogKind.WriteAhead, 42, 1)]
    [InlineData(LogKind.WriteAhead, 83, 1)]
    [InlineData(LogKind.WriteAhead, 84, 2)]
    [InlineData(LogKind.WriteAhead, 1000, 3)]
    [InlineData(LogKind.Json, 1, 1)]
    [InlineData(LogKind.Json, 41, 1)]
    [InlineData(LogKind.Json, 42, 1)]
    [InlineData(LogKind.Json, 83, 1)]
    [InlineData(LogKind.Json, 84, 2)]
    [InlineData(LogKind.Json, 1000, 3)]
    public void Read_MaxBytes_StopsBeforeButNeverBeforeTheFirst(LogKind kind, int maxBytes, int expected)
    {
        using var log = Open(kind, new CrashDisk());
        log.Commit(Save(1, null, null, Entries(1, 3, 1)));
        Assert.Equal(expected, log.Read(Range(1, 3), maxBytes).Count);
    }

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void Read_OutsideOfTheLog_IsEmptyOrShort(LogKind kind)
    {
        using var log = Open(kind, new CrashDisk());
        log.Commit(Save(1, null, null, Entries(1, 3, 1)));
        Assert.Empty(log.Read(Range(4, 9), int.MaxValue));
        Assert.Equal(2, log.Read(Range(2, 9), int.MaxValue).Count);
    }

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void Append_TruncateAndAppendAgain_TheNewEntriesCount_P3(LogKind kind)
    {
        var disk = new CrashDisk();
        using (var log = Open(kind, disk))
        {
            log.Commit(Save(1, State(1), null, Entries(1, 5, 1)));
            log.Commit(
                Save(2, State(2), 3, Entry(3, 2, "two")),
                Save(3, State(3), 3, Entry(3, 3, "three"), Entry(4, 3, "four")));
            Assert.Equal(["3@3 Command three", "4@3 Command four"], log.Read(Range(3, 9), int.MaxValue).Texts());
        }

        using var again = Open(kind, disk);
        Assert.Equal(State(3), again.Recovered.HardState);
        Assert.Equal(new EntryId(new Term(3), new LogIndex(4)), again.Last);
        Assert.Equal(["2@1 Command 2.........", "3@3 Command three"], again.Read(Range(2, 3), int.MaxValue).Texts());
    }

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void M2_M7_ConfigurationsInTheLogComeBackAndDeletedOnesDoNot(LogKind kind)
    {
        LogEntry Change(long index, params int[] voters) => new(new EntryId(new Term(1), new LogIndex(index)), EntryKind.Configuration,
            ConfigurationCodec.Encode(Configuration.Of(voters.Select(v => new NodeId(v)))));
        var disk = new CrashDisk();
        using (var log = Open(kind, disk))
        {
            log.Commit(Save(1, State(1), null, Entry(1, 1), Change(2, 1, 2), Entry(3, 1, new string('x', 5000)), Change(4, 1, 2, 3)));
            log.Commit(Save(2, null, null, Entry(5, 1), Change(6, 1)));
            log.Commit(Save(3, null, 6, Entry(6, 1)));
        }

        using var again = Open(kind, disk);
        Assert.Equal([(2, "n1 n2"), (4, "n1 n2 n3")],
            again.Recovered.Configurations.Select(c => ((int)c.Index.Value, c.Configuration.ToString())));
    }

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void UnreadableConfiguration_IsNamed(LogKind kind)
    {
        var disk = new CrashDisk();
        using (var log = Open(kind, disk))
        {
            log.Commit(Save(1, State(1), null, new LogEntry(new EntryId(new Term(1), new LogIndex(1)), EntryKind.Configuration, new byte[] { 7 })));
        }

        Assert.Contains("configuration", Assert.Throws<InvalidDataException>(() => Open(kind, disk)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void Append_BeforeTheFlushOfTheFrameBefore_IsRefused(LogKind kind)
    {
        using var log = Open(kind, new CrashDisk());
        log.Append([Save(1, State(1))]);
        Assert.Throws<InvalidOperationException>(() => log.Append([Save(2, State(2))]));
    }

    [Theory]
    [InlineData(LogKind.WriteAhead, 2)]
    [InlineData(LogKind.WriteAhead, 5)]
    [InlineData(LogKind.Json, 2)]
    [InlineData(LogKind.Json, 5)]
    public void Append_GapOrOverlap_IsRefusedAndNothingIsWritten(LogKind kind, long index)
    {
        using var log = Open(kind, new CrashDisk());
        log.Commit(Save(1, null, null, Entries(1, 3, 1)));
        Assert.Throws<InvalidOperationException>(() => log.Append([Save(2, null, null, Entry(index, 1))]));
        log.Commit(Save(2, null, null, Entry(4, 1)));
        Assert.Equal(4, log.Last.Index.Value);
    }

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void Flush_Error_IsFinal_P5(LogKind kind)
    {
        var disk = new CrashDisk();
        using var log = Open(kind, disk);
        log.Append([Save(1, State(1))]);
        disk.FlushError = new IOException("broken");
        Assert.Throws<IOException>(log.Flush);
        disk.FlushError = null;
        Assert.Throws<InvalidOperationException>(log.Flush);
        Assert.Throws<InvalidOperationException>(() => log.Append([Save(2, State(2))]));
    }
}
