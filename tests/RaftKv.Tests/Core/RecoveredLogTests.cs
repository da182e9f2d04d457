using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>What a server's disk held at its start, alone: by it the server judges what peers saw it acknowledge (P7).</summary>
public sealed class RecoveredLogTests
{
    private static readonly EntryId Last = Id(3, 10);

    private static EntryId Id(long term, long index) => new(new Term(term), new LogIndex(index));

    private static RecoveredLog Of(RecoveredState state) => new(state, Last, new Term(5));

    [Theory]
    [InlineData(4, 99, true)]
    [InlineData(5, 10, true)]
    [InlineData(5, 11, false)]
    [InlineData(6, 1, false)]
    public void Held_OfAWholeLog_IsWhatIsOfAnEarlierTermOrWithinIt(long term, long index, bool isHeld) =>
        Assert.Equal(isHeld, Of(new RecoveredState()).Held(Id(term, index)));

    /// <summary>What an earlier start cut off counts, however much was replicated since (P4).</summary>
    [Theory]
    [InlineData(1, 99, true)]
    [InlineData(2, 4, true)]
    [InlineData(2, 5, false)]
    [InlineData(4, 5, false)]
    [InlineData(4, 4, true)]
    [InlineData(5, 10, true)]
    public void Held_WhereATailWasTrimmed_IsJudgedByWhatThatStartFound(long term, long index, bool isHeld) =>
        Assert.Equal(isHeld, Of(new RecoveredState { TailWasTrimmed = true, TrimmedAt = Id(2, 4), TrimmedUntil = new Term(4) }).Held(Id(term, index)));
}
