using System.Collections.Concurrent;
using System.Diagnostics;
using RaftKv.Tests.Host;

namespace RaftKv.Tests.Walks;

/// <summary>The walks of CONTRIBUTING are walked: what is done for real enters their methods in their order.</summary>
[Collection(ServersCollection.Name)]
public sealed class WalkTests
{
    [Theory]
    [InlineData("A put", nameof(WalkScenarios.PutAsync))]
    [InlineData("A link fault", nameof(WalkScenarios.LinkAsync))]
    [InlineData("A row of an experiment", nameof(WalkScenarios.RowAsync))]
    public async Task Walk_IsWhatHappens(string heading, string scenario)
    {
        var walk = Walk.Read(heading);
        Assert.True(walk.Steps.Count >= 8, $"The walk '{heading}' has {walk.Steps.Count} steps: each item begins with a type and a method.");
        Assert.True(WovenContext.Calls(walk.Steps[0], walk.Steps[1]), $"{walk.Steps[0]} does not call {walk.Steps[1]}.");

        var attempts = await FollowAsync([.. walk.Steps.Skip(1)], scenario);

        var expected = walk.Steps.Skip(1).Select(step => step.ToString()).ToArray();
        Assert.True(
            attempts.Exists(attempt => attempt.SequenceEqual(expected)),
            $"'{heading}' is not walked so. Told: {string.Join(" > ", expected)}. Seen: {string.Join("; or ", attempts.Select(attempt => string.Join(" > ", attempt)).Distinct())}.");
    }

    /// <summary>A step that no type has, two steps the wrong way round and a step that is not on the way are each seen.</summary>
    [Fact]
    public async Task WalkThatIsAnother_IsSeen()
    {
        WalkStep[] right = [new("KvClient", "PutAsync"), new("RaftNode", "ProposeAsync"), new("KvStore", "Apply")];
        var seen = await FollowAsync([.. right, new("KvStore", "Restore")], nameof(WalkScenarios.PutAsync));

        Assert.Contains(seen, attempt => attempt.SequenceEqual(right.Select(step => step.ToString())));
        Assert.DoesNotContain(seen, attempt => attempt.SequenceEqual(right.Reverse().Select(step => step.ToString())));
        Assert.Throws<InvalidOperationException>(() => new WovenContext([new("KvStore", "Vanish")]));
        Assert.False(WovenContext.Calls(new("SetRaftValueCommand", "ProcessRecord"), new("KvClient", "DeleteAsync")));
    }

    /// <summary>The steps of each attempt, each where it was entered first.</summary>
    private static async Task<List<string[]>> FollowAsync(IReadOnlyList<WalkStep> steps, string scenario)
    {
        using var context = new WovenContext(steps);
        using var listener = new Listener();
        Trace.Listeners.Add(listener);
        try
        {
            await context.RunAsync(scenario);
        }
        finally
        {
            Trace.Listeners.Remove(listener);
        }

        var attempts = new List<string[]>();
        var entered = new List<string>();
        foreach (var said in listener.Said)
        {
            switch (said)
            {
                case WalkScenarios.Begin:
                    entered.Clear();
                    break;
                case WalkScenarios.End:
                    attempts.Add([.. entered.Distinct()]);
                    break;
                default:
                    entered.Add(said);
                    break;
            }
        }

        return attempts;
    }

    private sealed class Listener : TraceListener
    {
        public ConcurrentQueue<string> Said { get; } = new();

        public override bool IsThreadSafe => true;

        public override void Write(string? message)
        {
        }

        public override void WriteLine(string? message)
        {
        }

        public override void WriteLine(string? message, string? category)
        {
            if (category == WovenContext.Category)
            {
                Said.Enqueue(message!);
            }
        }
    }
}
