using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Storage;

/// <summary>Falsifying a stopped server's log, and what a server makes of impossible terms.</summary>
public sealed class LogEditorTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raftkv-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Edit_ARange_ChangesItsTermsAndNothingElse(bool json)
    {
        Make(json, 2, 1, 1, 2, 2, 2);
        var result = LogEditor.Edit(_directory, new LogEdit { First = new LogIndex(4), Term = new Term(7), StoredTerm = new Term(8) });

        Assert.Equal((4, 5, 2), (result.First.Value, result.Last.Value, result.ChangedCount));
        Assert.Equal((2, 8), (result.Before.Term.Value, result.After.Term.Value));
        using var log = Open();
        Assert.Equal([1, 1, 2, 7, 7], log.Recovered.Entries.Select(e => e.Term.Value));
        Assert.Equal(new HardState(new Term(8), NodeId.None), log.Recovered.HardState);
        Assert.Equal(
            ["entry 1", "entry 2", "entry 3", "entry 4", "entry 5"],
            log.Read(new IndexRange(new LogIndex(1), new LogIndex(5)), int.MaxValue).Select(e => Encoding.UTF8.GetString(e.Payload.Span)));
        LogFiles.CheckTerms(log.Recovered, _directory);
    }

    [Fact]
    public void Edit_OnlyTheStoredTerm_KeepsTheEntries()
    {
        Make(false, 3, 1, 2);
        var result = LogEditor.Edit(_directory, new LogEdit { First = new LogIndex(1), StoredTerm = new Term(5) });
        Assert.Equal(0, result.ChangedCount);
        using var log = Open();
        Assert.Equal([1, 2], log.Recovered.Entries.Select(e => e.Term.Value));
        Assert.Equal(5, log.Recovered.HardState.Term.Value);
    }

    [Fact]
    public void Edit_ALogThatBeginsAfterItsSnapshot_ChangesWhatFollowsTheSnapshot()
    {
        MakeCompacted(snapshotAt: 6, compactedTo: 4, last: 9);
        var result = LogEditor.Edit(_directory, new LogEdit { First = new LogIndex(8), Term = new Term(7), StoredTerm = new Term(7) });

        Assert.Equal((8, 9, 2), (result.First.Value, result.Last.Value, result.ChangedCount));
        using var log = Open();
        Assert.Equal((4, 6), (log.Recovered.Compacted.Index.Value, log.Recovered.Snapshot!.Last.Index.Value));
        Assert.Equal([1, 1, 1, 7, 7], log.Recovered.Entries.Select(e => e.Term.Value));
        Assert.Equal(
            ["entry 5", "entry 6", "entry 7", "entry 8", "entry 9"],
            log.Read(new IndexRange(new LogIndex(5), new LogIndex(9)), int.MaxValue).Select(e => Encoding.UTF8.GetString(e.Payload.Span)));
        LogFiles.CheckTerms(log.Recovered, _directory);
    }

    [Theory]
    [InlineData(3, 7, "holds the entries 5 to 9")]
    [InlineData(6, 7, "begin with 7 or later")]
    [InlineData(7, 0, "the entry before it has term 1")]
    public void Edit_OfWhatASnapshotHolds_IsRefused(long first, long term, string said)
    {
        MakeCompacted(snapshotAt: 6, compactedTo: 4, last: 9);
        var refused = Assert.Throws<ArgumentException>(() => LogEditor.Edit(
            _directory, new LogEdit { First = new LogIndex(first), Term = new Term(term) }));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 3, 1, "the entry before it has term 2")]
    [InlineData(1, 2, 3, "the entry behind it has term 2")]
    [InlineData(3, 9, 3, "holds the entries 1 to 3")]
    public void Edit_ThatNoLogCanHold_IsRefusedAndChangesNothing(long first, long last, long term, string said)
    {
        Make(false, 3, 2, 2, 2);
        var refused = Assert.Throws<ArgumentException>(() => LogEditor.Edit(
            _directory, new LogEdit { First = new LogIndex(first), Last = new LogIndex(last), Term = new Term(term) }));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        using var log = Open();
        Assert.Equal([2, 2, 2], log.Recovered.Entries.Select(e => e.Term.Value));
    }

    [Fact]
    public void Edit_WhileAServerHoldsTheDirectory_IsRefused()
    {
        Make(false, 1, 1);
        using var held = DataDirectoryLock.Acquire(_directory);
        Assert.Throws<DataDirectoryInUseException>(() => LogEditor.Edit(_directory, new LogEdit { First = new LogIndex(1), StoredTerm = new Term(2) }));
    }

    [Fact]
    public void CheckTerms_AnEntryAboveTheStoredTerm_IsNamed()
    {
        Make(false, 2, 1, 2, 2);
        LogEditor.Edit(_directory, new LogEdit { First = new LogIndex(3), Term = new Term(6) });
        using var log = Open();
        var refused = Assert.Throws<InvalidDataException>(() => LogFiles.CheckTerms(log.Recovered, _directory));
        Assert.Contains($"entry {new EntryId(new Term(6), new LogIndex(3))}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckTerms_AFallingTerm_IsNamed()
    {
        var recovered = new RecoveredState { HardState = new HardState(new Term(5), NodeId.None), Entries = [new(new Term(3), 1), new(new Term(2), 1)] };
        var refused = Assert.Throws<InvalidDataException>(() => LogFiles.CheckTerms(recovered, "there"));
        Assert.Contains("has an older term than", refused.Message, StringComparison.Ordinal);
    }

    private void Make(bool json, long storedTerm, params long[] terms)
    {
        var identity = NodeIdentity.Create(RealDisk.Instance, _directory, Guid.NewGuid().ToString("N"), 1, 77);
        var directory = Path.Combine(_directory, DataDirectory.LogDirectory);
        using ILogStorage log = json ? JsonLog.Open(RealDisk.Instance, directory) : LogFiles.OpenWriteAhead(RealDisk.Instance, directory, identity);
        log.Append([new Save(1, new HardState(new Term(storedTerm), new NodeId(1)), null, [.. Entries(terms)])]);
        log.Flush();
    }

    private void MakeCompacted(long snapshotAt, long compactedTo, int last)
    {
        var identity = NodeIdentity.Create(RealDisk.Instance, _directory, Guid.NewGuid().ToString("N"), 1, 77);
        using var snapshots = SnapshotStore.Open(RealDisk.Instance, Path.Combine(_directory, DataDirectory.SnapshotDirectory));
        snapshots.Take(snapshotAt, term: 1);
        using var log = LogFiles.OpenWriteAhead(RealDisk.Instance, Path.Combine(_directory, DataDirectory.LogDirectory), identity);
        var entries = Entries(Enumerable.Repeat(1L, last)).Skip((int)compactedTo).ToList();
        log.Append([new Save(1, new HardState(new Term(1), NodeId.None), null, entries) { ResetTo = SnapshotSamples.At(compactedTo, 1) }]);
        log.Flush();
    }

    private static IEnumerable<LogEntry> Entries(IEnumerable<long> terms) => terms.Select((term, i) => new LogEntry(
        new EntryId(new Term(term), new LogIndex(i + 1)), EntryKind.Command, Encoding.UTF8.GetBytes($"entry {i + 1}")));

    private ILogStorage Open() => LogFiles.Open(
        RealDisk.Instance, Path.Combine(_directory, DataDirectory.LogDirectory), NodeIdentity.Read(RealDisk.Instance, _directory));
}
