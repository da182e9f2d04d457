using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>The answers to the hello of a server that came back, alone (P7).</summary>
public sealed class HelloAnswersTests
{
    private static readonly NodeId Self = new(1);

    private readonly HelloAnswers _answers = new();

    private static HelloResponse Answer(int from, bool isSure = true, long term = 1, long last = 1, Configuration? membership = null) =>
        new(new NodeId(from), Self, new Term(term), Term.Zero, LogIndex.Zero, new EntryId(new Term(term), new LogIndex(last)), 0, isSure, membership);

    [Fact]
    public void Count_IsOfTheOtherVotersOfAMembership()
    {
        _answers.Take(Answer(2));
        _answers.Take(Answer(3, isSure: false));
        _answers.Take(Answer(9));

        Assert.Equal((2, 1, 3), _answers.Count(Configuration.Of([Self, new(2), new(3), new(4)]), without: Self));
        Assert.Equal((1, 1, 1), _answers.Count(Configuration.Of([Self, new(9)]), without: Self));
        Assert.True(_answers.IsHeard(new NodeId(3)));
        Assert.False(_answers.IsSure(new NodeId(3)));
        Assert.False(_answers.IsHeard(new NodeId(4)));
    }

    [Fact]
    public void Take_KeepsTheNewestLogWithItsMembershipAndTheLatestTerm()
    {
        var membership = Configuration.Of([Self, new(2)]);
        _answers.Take(Answer(2, term: 3, last: 5, membership: membership));
        _answers.Take(Answer(3, term: 2, last: 9));
        Assert.Equal(new EntryId(new Term(3), new LogIndex(5)), _answers.NewestLog);
        Assert.Same(membership, _answers.Membership);
        Assert.Equal(new Term(3), _answers.LatestTerm);
    }

    /// <summary>What was told stays true in the next run, in which all must answer again.</summary>
    [Fact]
    public void BeginRun_ForgetsWhoAnsweredAndNotWhatWasTold()
    {
        _answers.Take(Answer(2, term: 3, last: 5));
        _answers.BeginRun();
        Assert.False(_answers.IsHeard(new NodeId(2)));
        Assert.Equal(new EntryId(new Term(3), new LogIndex(5)), _answers.NewestLog);
        _answers.LetNewestLogGo();
        Assert.Equal(EntryId.Zero, _answers.NewestLog);
    }

    [Fact]
    public void Forget_IsOfOneServer()
    {
        _answers.Take(Answer(2));
        _answers.Take(Answer(3));
        _answers.Forget(new NodeId(2));
        Assert.False(_answers.IsHeard(new NodeId(2)));
        Assert.True(_answers.IsHeard(new NodeId(3)));
    }
}
