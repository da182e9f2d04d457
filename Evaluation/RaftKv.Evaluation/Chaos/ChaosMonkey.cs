using System.Diagnostics;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Views;

namespace RaftKv.Evaluation.Chaos;

/// <summary>A step that was carried out.</summary>
/// <param name="Step">The step.</param>
/// <param name="StartedMs">When it really began, in milliseconds since the schedule began.</param>
/// <param name="Hit">The servers that it hit.</param>
/// <param name="Error">What went wrong with it; empty when nothing.</param>
public sealed record ChaosDeed(ChaosStep Step, int StartedMs, IReadOnlyList<int> Hit, string Error);

/// <summary>Carries out a schedule on a cluster, and mends everything at its end, however it ends.</summary>
public sealed class ChaosMonkey
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MendLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LeaderPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LeaderPace = TimeSpan.FromMilliseconds(50);

    private readonly ClusterClient _cluster;
    private readonly IReadOnlyList<ChaosStep> _steps;
    private readonly Action<ChaosDeed>? _tell;
    private readonly List<ChaosDeed> _deeds = [];
    private readonly ChaosMembers _members;

    /// <summary>A monkey with a schedule.</summary>
    /// <param name="cluster">Whom it breaks. It takes up the members that the monkey adds and removes.</param>
    /// <param name="steps">The schedule.</param>
    /// <param name="tell">Hears of each step when it begins, from any thread.</param>
    /// <param name="changed">Hears of each new set of members, from any thread.</param>
    public ChaosMonkey(ClusterClient cluster, IReadOnlyList<ChaosStep> steps, Action<ChaosDeed>? tell = null, Action<ClusterSpec>? changed = null)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(steps);
        _cluster = cluster;
        _steps = steps;
        _tell = tell;
        _members = new ChaosMembers(cluster, changed);
    }

    /// <summary>What it has done so far, in order.</summary>
    public IReadOnlyList<ChaosDeed> Deeds
    {
        get
        {
            lock (_deeds)
            {
                return [.. _deeds];
            }
        }
    }

    /// <summary>
    /// Runs the schedule to its end or until it is cancelled, and then mends everything. A cancellation is no failure. A step
    /// waits for the one of its sort before it, which may take longer than planned; what would begin after the schedule's
    /// end for that reason is left out, unless its kind would be missing.
    /// </summary>
    /// <exception cref="RaftKvException">Not everything could be mended.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await Task.WhenAll(_steps.GroupBy(step => ChaosSchedule.IsOfProcesses(step.Fault)).Select(sort => CarryOutAsync([.. sort], clock, cancellationToken)));
        }
        catch (OperationCanceledException)
        {
            // Stopping the monkey ends the faults that it began, too.
        }
        finally
        {
            await MendAsync();
        }
    }

    private async Task CarryOutAsync(IReadOnlyList<ChaosStep> steps, Stopwatch clock, CancellationToken cancellationToken)
    {
        var end = _steps.Max(step => step.AtMs + step.LastsMs);
        var fired = new HashSet<ChaosFault>();
        foreach (var step in steps)
        {
            if (clock.ElapsedMilliseconds < end || !fired.Contains(step.Fault))
            {
                await CarryOutAsync(step, clock, cancellationToken);
                fired.Add(step.Fault);
            }
        }
    }

    private async Task CarryOutAsync(ChaosStep step, Stopwatch clock, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(0, step.AtMs - clock.ElapsedMilliseconds)), cancellationToken);
        var started = (int)clock.ElapsedMilliseconds;
        int[] hit = [];
        var error = "";
        try
        {
            hit = await WhomAsync(step, cancellationToken);
            started = (int)clock.ElapsedMilliseconds;
            await BeginAsync(step, hit, cancellationToken);
        }
        catch (RaftKvException e)
        {
            error = e.Message;
        }

        Note(new ChaosDeed(step, started, hit, error));
        await Task.Delay(step.LastsMs, cancellationToken);
        try
        {
            await EndAsync(step, hit, cancellationToken);
        }
        catch (RaftKvException e)
        {
            Note(new ChaosDeed(step, (int)clock.ElapsedMilliseconds, hit, $"did not end well: {e.Message}"));
        }
    }

    private async Task<int[]> WhomAsync(ChaosStep step, CancellationToken cancellationToken)
    {
        if (step.Fault == ChaosFault.KillAll)
        {
            return All;
        }

        // A membership step asks who leads when it removes somebody, which is later.
        IEnumerable<int> hit = step.Servers.Select(_members.At);
        if (step.Leader && step.Fault != ChaosFault.Membership)
        {
            hit = hit.Concat(await LeaderAsync(cancellationToken));
        }

        return [.. hit.Distinct().Order()];
    }

    /// <summary>The leader; where there is none, because of an earlier fault, a new leader is waited for.</summary>
    private async Task<IEnumerable<int>> LeaderAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var leaders = await _cluster.GetLeaderViewsAsync(cancellationToken);
            if (leaders.Count > 0 || Stopwatch.GetElapsedTime(started) >= LeaderPatience)
            {
                return leaders.Take(1).Select(l => l.Id);
            }

            await Task.Delay(LeaderPace, cancellationToken);
        }
    }

    private Task BeginAsync(ChaosStep step, int[] hit, CancellationToken cancellationToken) => step.Fault switch
    {
        ChaosFault.Kill or ChaosFault.KillAll => EachAsync(hit, id => AgentOf(id).StopAsync(Id, id, StopMode.Kill, cancellationToken)),
        ChaosFault.Restart => EachAsync(hit, id => AgentOf(id).StopAsync(Id, id, StopMode.Graceful, cancellationToken)),
        ChaosFault.Pause => EachAsync(hit, id => AgentOf(id).PauseAsync(Id, id, cancellationToken)),
        ChaosFault.Membership => _members.AddAsync(cancellationToken),
        ChaosFault.Partition => hit.Length == 0 || hit.Length == All.Length
            ? Task.CompletedTask
            : _cluster.Chaos.PartitionAsync([hit], cancellationToken),
        _ => _cluster.UpdateLinksAsync(Links(step, hit), cancellationToken),
    };

    private Task EndAsync(ChaosStep step, int[] hit, CancellationToken cancellationToken) => step.Fault switch
    {
        ChaosFault.Kill or ChaosFault.KillAll or ChaosFault.Restart => EachAsync(hit, id => AgentOf(id).StartAsync(Id, id, StartLimit, cancellationToken)),
        ChaosFault.Pause => EachAsync(hit, id => AgentOf(id).ResumeAsync(Id, id, cancellationToken)),
        ChaosFault.Membership => _members.RemoveAsync(step.Leader, cancellationToken),
        _ => _cluster.Chaos.ResetAsync(cancellationToken),
    };

    /// <summary>Both ways, or half of the messages would be on their way back over a whole link; the two ways differ only where that is the fault.</summary>
    private List<LinkView> Links(ChaosStep step, int[] hit) =>
    [
        .. from one in hit
           from other in All
           where one != other && (!hit.Contains(other) || one < other)
           from ends in new[] { (From: one, To: other), (From: other, To: one) }
           select step.Fault switch
           {
               ChaosFault.Lossy => new LinkView(ends.From, ends.To) { DropRate = step.Strength, DuplicateRate = step.Strength / 2, ReorderRate = step.Strength / 2 },
               ChaosFault.OneWay => new LinkView(ends.From, ends.To) { Blocked = ends.From == one, DelayMs = ends.From == one ? 0 : step.Strength },
               _ => new LinkView(ends.From, ends.To) { DelayMs = step.Strength, JitterMs = step.Strength / 2 },
           },
    ];

    /// <summary>
    /// Mends the network, lets frozen servers go on, starts those that are down and removes those that are too many, again
    /// and again until all of it is done.
    /// </summary>
    private async Task MendAsync()
    {
        using var limit = new CancellationTokenSource(MendLimit);
        while (true)
        {
            try
            {
                await EachAsync(All, id => MendAsync(id, limit.Token));
                await _cluster.Chaos.ResetAsync(limit.Token);
                await _members.MendAsync(limit.Token);
                return;
            }
            catch (RaftKvException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(100, limit.Token);
            }
        }
    }

    private async Task MendAsync(int id, CancellationToken cancellationToken)
    {
        var agent = AgentOf(id);
        var process = (await agent.ListAsync(Id, cancellationToken)).First(p => p.ServerId == id);
        if (process.State == ServerState.Paused)
        {
            await agent.ResumeAsync(Id, id, cancellationToken);
        }
        else if (process.State is ServerState.Exited or ServerState.Created)
        {
            await agent.StartAsync(Id, id, StartLimit, cancellationToken);
        }
    }

    private string Id => _cluster.Spec.ClusterId;

    private int[] All => [.. _cluster.Spec.Servers.Select(s => s.Id).Order()];

    private AgentClient AgentOf(int id) => _cluster.AgentOf(id);

    private static Task EachAsync(IEnumerable<int> servers, Func<int, Task> act) => Task.WhenAll(servers.Select(act));

    private void Note(ChaosDeed deed)
    {
        lock (_deeds)
        {
            _deeds.Add(deed);
        }

        _tell?.Invoke(deed);
    }
}
