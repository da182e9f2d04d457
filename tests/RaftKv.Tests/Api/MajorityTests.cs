using RaftKv.Api.Views;
using RaftKv.Commands;

namespace RaftKv.Tests.Api;

/// <summary>Whether a cluster can do without a server.</summary>
public sealed class MajorityTests
{
    /// <summary>Voters by number; the first living one leads.</summary>
    [Theory]
    [InlineData(3, "", 3, true)]
    [InlineData(3, "1", 3, false)] // 1 of 2 would be left, and 2 must agree
    [InlineData(3, "1", 1, true)]
    [InlineData(5, "1,2", 3, false)]
    [InlineData(5, "1,2", 2, true)]
    [InlineData(4, "1", 2, true)]
    [InlineData(1, "", 1, true)]
    [InlineData(2, "", 2, true)]
    public void MissingAfterRemovalOf_CountsTheVotersThatStay(int count, string dead, int goes, bool mayGo)
    {
        var missing = Majority.MissingAfterRemovalOf(Views(count, dead), goes);
        Assert.Equal(mayGo, missing.Length == 0);
        Assert.Equal(!mayGo, missing.Contains("must agree", StringComparison.Ordinal));
    }

    [Fact]
    public void TakesPart_ServersThatAnswerUsButNotTheLeader_DoNot()
    {
        var views = Views(3, "");
        Assert.True(Majority.TakesPart(views[1], views[0]));
        Assert.False(Majority.TakesPart(views[1] with { Muted = true }, views[0]));
        Assert.False(Majority.TakesPart(views[1] with { LeaderId = 0 }, views[0]));
        Assert.False(Majority.TakesPart(views[1] with { HaltCode = "Damaged" }, views[0]));
        Assert.False(Majority.TakesPart(views[1], views[0] with { ConnectedPeers = [3] }));
    }

    [Fact]
    public void MissingAfterRemovalOf_ALearner_IsNothing()
    {
        ServerView[] views = [.. Views(3, "2").Select(view => view.Id == 3 ? view with { Membership = "Learner" } : view)];
        Assert.Equal("", Majority.MissingAfterRemovalOf(views, 3));
    }

    [Theory]
    [InlineData(3, "", 0, true)]
    [InlineData(3, "2", 0, false)]
    [InlineData(3, "", 101, false)] // n3 restarted a moment ago and has not applied all of it
    [InlineData(2, "", 0, true)] // never has a majority without one
    [InlineData(5, "2", 0, true)]
    [InlineData(5, "2,3", 0, false)]
    public void Restart_WaitsUntilTheOthersAreAMajorityThatHasAppliedWhatIsCommitted(int count, string dead, long goal, bool mayGo) =>
        Assert.Equal(mayGo, RestartRaftServerCommand.MissingFor(count, Views(count, dead), goal).Length == 0);

    [Fact]
    public void Restart_OfWhatTakesNoPart_TakesNothingAway() =>
        Assert.Equal("", RestartRaftServerCommand.MissingFor(2, Views(3, "2"), 0));

    private static ServerView[] Views(int count, string dead)
    {
        int[] down = [.. dead.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        int[] up = [.. Enumerable.Range(1, count).Except(down)];
        return
        [
            .. Enumerable.Range(1, count).Select(id => new ServerView
            {
                Id = id,
                Name = $"n{id}",
                Endpoint = new Uri($"http://127.0.0.1:{20000 + id}"),
                Membership = "Voter",
                ProcessState = down.Contains(id) ? "Exited" : "Running",
                Answered = !down.Contains(id),
                Role = down.Contains(id) ? "" : id == up[0] ? "Leader" : "Follower",
                LeaderId = down.Contains(id) ? 0 : up[0],
                Term = down.Contains(id) ? 0 : 7,
                CommitIndex = 100,
                AppliedIndex = 100,
                ConnectedPeers = [.. up.Except([id])],
            }),
        ];
    }
}
