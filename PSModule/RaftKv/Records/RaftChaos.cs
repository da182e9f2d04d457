using System.Diagnostics;
using RaftKv.Evaluation.Chaos;

namespace RaftKv;

/// <summary>What the monkey does to a cluster.</summary>
public enum RaftChaosFault
{
    /// <summary>Kills processes at once, and starts them again.</summary>
    Kill,

    /// <summary>Freezes processes, and lets them go on.</summary>
    Pause,

    /// <summary>Stops processes in good order, and starts them again.</summary>
    Restart,

    /// <summary>Kills all processes at the same moment, and starts them again.</summary>
    KillAll,

    /// <summary>Cuts the network into groups.</summary>
    Partition,

    /// <summary>Makes links lose, double and reorder messages.</summary>
    Lossy,

    /// <summary>Makes links slow.</summary>
    Slow,

    /// <summary>Loses all that the leader sends and delays all that it receives: it learns late that others have elected another.</summary>
    OneWay,

    /// <summary>Adds a server, and then removes one: the newcomer again, or the leader, whose place the newcomer takes.</summary>
    Membership,
}

/// <summary>A step of a monkey's schedule, and what came of it.</summary>
public sealed class RaftChaosStep
{
    /// <summary>Its number, from 1.</summary>
    public int Number { get; init; }

    /// <summary>When it is due, in seconds since the beginning.</summary>
    public double AtSec { get; init; }

    /// <summary>How long it lasts.</summary>
    public double LastsSec { get; init; }

    /// <summary>What is done.</summary>
    public RaftChaosFault Fault { get; init; }

    /// <summary>Whether it hits the server that leads then.</summary>
    public bool Leader { get; init; }

    /// <summary>The servers that it hits besides.</summary>
    public int[] Server { get; init; } = [];

    /// <summary>Of a lossy link the share of messages lost, of a slow or one-way one the delay in milliseconds.</summary>
    public double Strength { get; init; }

    /// <summary>When it really began; empty when it was not carried out.</summary>
    public double? StartedSec { get; init; }

    /// <summary>The servers that it did hit.</summary>
    public int[] Hit { get; init; } = [];

    /// <summary>What went wrong with it; empty when nothing.</summary>
    public string Error { get; init; } = "";

    /// <summary>The step as a line.</summary>
    public string Row { get; init; } = "";

    internal static RaftChaosStep From(ChaosStep step, ChaosDeed? deed = null) => new()
    {
        Number = step.Number,
        AtSec = step.AtMs / 1000.0,
        LastsSec = step.LastsMs / 1000.0,
        Fault = Enum.Parse<RaftChaosFault>(step.Fault.ToString()),
        Leader = step.Leader,
        Server = [.. step.Servers],
        Strength = step.Strength,
        StartedSec = deed?.StartedMs / 1000.0,
        Hit = [.. deed?.Hit ?? []],
        Error = deed?.Error ?? "",
        Row = step.ToString(),
    };
}

/// <summary>A monkey at work on a cluster.</summary>
public sealed class RaftChaos
{
    private readonly ChaosMonkey? _monkey;
    private readonly Task _task;
    private readonly CancellationTokenSource? _stop;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    internal RaftChaos(RaftCluster cluster, ulong seed, double durationSec, IReadOnlyList<ChaosStep> steps, string? path, ChaosMonkey? monkey)
    {
        Cluster = cluster;
        Seed = seed;
        DurationSec = durationSec;
        Path = path;
        _monkey = monkey;
        Schedule = steps.Select(step => RaftChaosStep.From(step)).ToArray();
        _stop = monkey is null ? null : new CancellationTokenSource();
        _task = monkey is null ? Task.CompletedTask : Task.Run(() => RunAsync(monkey, _stop!.Token));
    }

    /// <summary>Its cluster.</summary>
    public RaftCluster Cluster { get; }

    /// <summary>The seed that draws the same schedule again.</summary>
    public ulong Seed { get; }

    /// <summary>How long the schedule is.</summary>
    public double DurationSec { get; }

    /// <summary>All steps, in order.</summary>
    public IReadOnlyList<RaftChaosStep> Schedule { get; }

    /// <summary>Steps carried out so far.</summary>
    public int DoneCount => _monkey?.Deeds.Count ?? 0;

    /// <summary>Steps carried out so far, with whom they hit, when they really began, and what went wrong.</summary>
    public IReadOnlyList<RaftChaosStep> Done => [.. (_monkey?.Deeds ?? []).Select(deed => RaftChaosStep.From(deed.Step, deed))];

    /// <summary>How long it has been at work, or was, in seconds.</summary>
    public double ElapsedSec => _clock.Elapsed.TotalSeconds;

    /// <summary>Whether it is still at work or mending.</summary>
    public bool Running => !_task.IsCompleted;

    /// <summary>The file that the schedule was written to, or read from; null without one.</summary>
    public string? Path { get; }

    /// <summary>Ends it, and waits until everything is mended.</summary>
    /// <returns>What was done.</returns>
    internal async Task<IReadOnlyList<RaftChaosStep>> StopAsync(bool wait, CancellationToken cancellationToken)
    {
        if (!wait)
        {
            await (_stop?.CancelAsync() ?? Task.CompletedTask);
        }

        await _task.WaitAsync(cancellationToken);
        return Done;
    }

    private async Task RunAsync(ChaosMonkey monkey, CancellationToken cancellationToken)
    {
        try
        {
            await monkey.RunAsync(cancellationToken);
        }
        finally
        {
            _clock.Stop();
        }
    }
}

/// <summary>What clients did that were recorded, and whether the cluster kept its word.</summary>
public sealed class RaftChaosRun
{
    /// <summary>Operations that were answered.</summary>
    public int Completed { get; init; }

    /// <summary>Operations that certainly did not happen.</summary>
    public int Failed { get; init; }

    /// <summary>Operations whose outcome is unknown.</summary>
    public int Unknown { get; init; }

    /// <summary>Answered operations a minute.</summary>
    public double PerMinute { get; init; }

    /// <summary>The share of operations that compare before they set.</summary>
    public double CompareShare { get; init; }

    /// <summary>Keys used.</summary>
    public int KeyCount { get; init; }

    /// <summary>Keys whose last version is not what was acknowledged plus some of what is unknown.</summary>
    public IReadOnlyList<string> WrongVersion { get; init; } = [];

    /// <summary>The history, for Test-RaftLinearizability.</summary>
    public string Path { get; init; } = "";

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }
}
