using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>The configurations of a log, alone.</summary>
public sealed class ConfigurationHistoryTests
{
    private readonly ConfigurationHistory _history = new();

    public ConfigurationHistoryTests()
    {
        _history.Add(Of(0, 1, 2, 3));
        _history.Add(Of(5, 1, 2, 3, 4));
        _history.Add(Of(9, 2, 3, 4));
    }

    private static PlacedConfiguration Of(long index, params int[] voters) =>
        new(new LogIndex(index), Configuration.Of([.. voters.Select(v => new NodeId(v))]));

    private static SnapshotMeta Snapshot(long last, PlacedConfiguration placed) =>
        new(new EntryId(new Term(1), new LogIndex(last)), placed.Index, placed.Configuration);

    private IEnumerable<long> At(params long[] indexes) => indexes.Select(i => _history.At(new LogIndex(i)).Index.Value);

    [Fact]
    public void At_IsTheLastOneUpToAnEntry()
    {
        Assert.Equal([0, 0, 0, 5, 5, 9, 9], At(0, 1, 4, 5, 8, 9, 100));
        Assert.Equal(9, _history.InForce.Index.Value);
    }

    [Fact]
    public void DropFrom_TakesBackWhatIsCutOffTheLog()
    {
        Assert.False(_history.DropFrom(new LogIndex(10)));
        Assert.True(_history.DropFrom(new LogIndex(9)));
        Assert.Equal(5, _history.InForce.Index.Value);
        Assert.True(_history.DropFrom(new LogIndex(1)));
        Assert.Equal(0, _history.InForce.Index.Value);
    }

    /// <summary>The removal of server 1, in entry 9, must be committed before it may forget that it votes (M4).</summary>
    [Fact]
    public void IsVoterUntil_LooksAtAllThatIsNotCommitted_M4()
    {
        Assert.True(_history.IsVoterUntil(new LogIndex(8), new NodeId(1)));
        Assert.False(_history.IsVoterUntil(new LogIndex(9), new NodeId(1)));
        Assert.True(_history.IsVoterUntil(new LogIndex(9), new NodeId(4)));
        Assert.False(_history.IsVoterUntil(LogIndex.Zero, new NodeId(7)));
    }

    [Theory]
    [InlineData(true, 9)]
    [InlineData(false, 5)]
    public void Replace_PutsASnapshotInThePlaceOfWhatItStandsFor_S3(bool keepsLater, long inForce)
    {
        _history.Replace(Snapshot(7, Of(5, 1, 2, 3, 4)), keepsLater);
        Assert.Equal(inForce, _history.InForce.Index.Value);
        Assert.Equal([5, 5], At(1, 7));
    }
}
