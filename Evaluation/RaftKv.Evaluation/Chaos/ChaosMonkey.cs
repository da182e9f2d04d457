using System.Diagnostics;
using RaftKv.Api;
using RaftKv.Api.Protocol;
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

    private readonly ClusterClient _cluster;
    private readonly IReadOnlyList<ChaosStep> _steps;
    private readonly Action<ChaosDeed>? _tell;
    private readonly List<ChaosDeed> _deeds = [];
    private readonly int[] _all;

    /// <summary>A monkey with a schedule. <paramref name="tell"/> hears of each step when it begins, from any thread.</summary>
    public ChaosMonkey(ClusterClient cluster, IReadOnlyList<ChaosStep> steps, Action<ChaosDeed>? tell = null)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(steps);
        _cluster = cluster;
        _steps = steps;
        _tell = tell;
        _all = [.. cluster.Spec.Servers.Select(s => s.Id).Order()];
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

    /// <summary>Runs the schedule to its end or until it is cancelled, and then mends everything. A cancellation is no failure.</summary>
    /// <exception cref="RaftKvException">Not everything could be mended.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await Task.WhenAll(_steps.Select(step => CarryOutAsync(step, clock, cancellationToken)));
        }
        catch (OperationCanceledException)
        {
            // Whoever stops the monkey wants it to mend.
        }
        finally
        {
            await MendAsync();
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
            return _all;
        }

        IEnumerable<int> hit = step.Servers;
        if (step.Leader)
        {
            var leaders = await _cluster.GetLeaderViewsAsync(cancellationToken);
            hit = hit.Concat(leaders.Take(1).Select(l => l.Id));
        }

        return [.. hit.Distinct().Order()];
    }

    private Task BeginAsync(ChaosStep step, int[] hit, CancellationToken cancellationToken) => step.Fault switch
    {
        ChaosFault.Kill or ChaosFault.KillAll => EachAsync(hit, id => AgentOf(id).StopAsync(Id, id, StopMode.Kill, cancellationToken)),
        ChaosFault.Restart => EachAsync(hit, id => AgentOf(id).StopAsync(Id, id, StopMode.Graceful, cancellationToken)),
        ChaosFault.Pause => EachAsync(hit, id => AgentOf(id).PauseAsync(Id, id, cancellationToken)),
        ChaosFault.Partition => hit.Length == 0 || hit.Length == _all.Length
            ? Task.CompletedTask
            : _cluster.Chaos.PartitionAsync([hit], cancellationToken),
        _ => _cluster.UpdateLinksAsync(Links(step, hit), cancellationToken),
    };

    private Task EndAsync(ChaosStep step, int[] hit, CancellationToken cancellationToken) => step.Fault switch
    {
        ChaosFault.Kill or ChaosFault.KillAll or ChaosFault.Restart => EachAsync(hit, id => AgentOf(id).StartAsync(Id, id, StartLimit, cancellationToken)),
        ChaosFault.Pause => EachAsync(hit, id => AgentOf(id).ResumeAsync(Id, id, cancellationToken)),
        _ => _cluster.Chaos.ResetAsync(cancellationToken),
    };

    /// <summary>Both ways, or half of the messages would be on their way back over a whole link.</summary>
    private List<LinkView> Links(ChaosStep step, int[] hit) =>
    [
        .. from one in hit
           from other in _all
           where one != other && (!hit.Contains(other) || one < other)
           from ends in new[] { (From: one, To: other), (From: other, To: one) }
           select step.Fault == ChaosFault.Lossy
               ? new LinkView(ends.From, ends.To, false, step.Strength, 0, 0, step.Strength / 2, step.Strength / 2)
               : new LinkView(ends.From, ends.To, false, 0, step.Strength, step.Strength / 2, 0, 0),
    ];

    /// <summary>Mends the network, lets frozen servers go on and starts those that are down, again and again until all of it is done.</summary>
    private async Task MendAsync()
    {
        using var limit = new CancellationTokenSource(MendLimit);
        while (true)
        {
            try
            {
                await EachAsync(_all, id => MendAsync(id, limit.Token));
                await _cluster.Chaos.ResetAsync(limit.Token);
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
        if (process.State == ProcessState.Paused)
        {
            await agent.ResumeAsync(Id, id, cancellationToken);
        }
        else if (process.State is ProcessState.Exited or ProcessState.Created)
        {
            await agent.StartAsync(Id, id, StartLimit, cancellationToken);
        }
    }

    private string Id => _cluster.Spec.ClusterId;

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
