using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Reads that wait for a leader's index, alone.</summary>
public sealed class ForwardedReadsTests
{
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);
    private static readonly Instant Start = new(1_000_000);
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);

    private readonly ForwardedReads _reads = new(attempt: 7);

    [Fact]
    public void Answer_FitsOnlyTheLeaderAndTheNumberThatWereAsked()
    {
        var first = _reads.Ask(One, Start, [1, 2]);
        var second = _reads.Ask(One, Start, [3]);
        Assert.NotEqual(first, second);
        Assert.Empty(_reads.TakeAnswered(Two, first));
        Assert.Empty(_reads.TakeAnswered(One, second + 1));
        Assert.Equal([1, 2], _reads.TakeAnswered(One, first));
        Assert.Empty(_reads.TakeAnswered(One, first));
        Assert.Equal(1, _reads.Count);
    }

    [Fact]
    public void Overdue_IsWhatWaitedTooLongOrWasAskedOfAnother()
    {
        _reads.Ask(One, Start, [1]);
        _reads.Ask(Two, Start, [2]);
        _reads.Ask(Two, Start + (Timeout / 2), [3]);
        Assert.Equal(Start + Timeout, _reads.Deadline(Timeout));
        Assert.Equal([1], _reads.TakeOverdue(Two, Start, Timeout));
        Assert.Null(_reads.TakeOverdue(Two, Start, Timeout));
        Assert.Equal([2], _reads.TakeOverdue(Two, Start + Timeout, Timeout));
        Assert.Equal(Start + (Timeout * 1.5), _reads.Deadline(Timeout));
    }

    [Fact]
    public void TakeAll_EmptiesItInOrder()
    {
        _reads.Ask(One, Start, [1, 2]);
        _reads.Ask(Two, Start, [3]);
        Assert.Equal([1, 2, 3], _reads.TakeAll());
        Assert.Equal((0, Instant.Never), (_reads.Count, _reads.Deadline(Timeout)));
        Assert.Empty(_reads.TakeAll());
    }
}
