using System.Management.Automation;
using System.Runtime.CompilerServices;
using RaftKv.Base;
using RaftKv.Evaluation.Chaos;

namespace RaftKv.Commands;

/// <summary>Lets a monkey loose on a cluster: it kills, freezes, restarts and cuts off servers, makes links bad and exchanges members, by a schedule drawn from a seed.</summary>
/// <remarks>
/// <para>The monkey works in the background of this PowerShell process; Stop-RaftChaos ends it. However it ends, it starts what is down, lets go on what is frozen, mends the network and leaves as many members as there were. A membership fault may remove the leader for good: the newcomer, with another id, has its place then.</para>
/// <para>The same seed, servers, duration and faults draw the same schedule, and a schedule that was kept with -OutputPath can be run again with -SchedulePath, after editing too: all of it is judged before any of it is done, and what cannot be is told with its lines. Whom a fault hits that goes for the leader, and what the cluster makes of it, depends on the moment.</para>
/// </remarks>
/// <example>
/// <code>$chaos = Start-RaftChaos -DurationSec 60 -Seed 7; $chaos.Schedule</code>
/// Breaks the current cluster for a minute, and shows what will happen when.
/// </example>
/// <example>
/// <code>Start-RaftChaos -Fault Kill, Partition -OutputPath chaos.csv | Out-Null; Stop-RaftChaos -Wait</code>
/// Only kills and cuts, keeps the schedule in a file, and waits for its end.
/// </example>
/// <example>
/// <code>Start-RaftChaos 20 -OutputPath again.csv | Stop-RaftChaos -Wait; Start-RaftChaos -SchedulePath again.csv | Stop-RaftChaos -Wait</code>
/// Does the same to the cluster twice.
/// </example>
[Cmdlet(VerbsLifecycle.Start, "RaftChaos", SupportsShouldProcess = true, DefaultParameterSetName = DrawSet)]
[OutputType(typeof(RaftChaos))]
public sealed class StartRaftChaosCommand : ClusterCmdlet
{
    private const string DrawSet = "Draw";
    private const string ReplaySet = "Replay";

    private static readonly ConditionalWeakTable<RaftCluster, RaftChaos> Loose = [];

    /// <summary>For how many seconds.</summary>
    [Parameter(Position = 0, ParameterSetName = DrawSet)]
    [ValidateRange(0.1, 86400.0)]
    public double DurationSec { get; set; } = 30;

    /// <summary>Draws the schedule. Without it a random number is drawn, which the result names.</summary>
    [Parameter(ParameterSetName = DrawSet)]
    public ulong Seed { get; set; }

    /// <summary>What may happen. Without it, everything that this machine can do.</summary>
    [Parameter(ParameterSetName = DrawSet)]
    [ValidateNotNullOrEmpty]
    public RaftChaosFault[]? Fault { get; set; }

    /// <summary>A CSV for the schedule.</summary>
    [Parameter(ParameterSetName = DrawSet)]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    /// <summary>A CSV that -OutputPath wrote: what stands there is done again.</summary>
    [Parameter(ParameterSetName = ReplaySet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string SchedulePath { get; set; } = "";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (Of(cluster) is { Running: true })
        {
            Fail(ErrorIds.ChaosRunning, ErrorCategory.ResourceBusy, cluster.Name, $"A monkey is at work on cluster '{cluster.Name}' already. End it with Stop-RaftChaos first.");
        }

        if (!cluster.Chaos)
        {
            Fail(ErrorIds.ChaosDisabled, ErrorCategory.NotEnabled, cluster.Name, $"Chaos is off in cluster '{cluster.Name}'. Start it with Start-RaftCluster -Chaos.");
        }

        (IReadOnlyList<ChaosStep> steps, ulong seed) = ParameterSetName == ReplaySet ? Replay(cluster) : Draw(cluster);
        double durationSec = ParameterSetName == ReplaySet ? steps.Max(step => step.AtMs + step.LastsMs) / 1000.0 : DurationSec;
        if (!ShouldProcess($"Cluster '{cluster.Name}'", FormattableString.Invariant($"Break it {steps.Count} times in {durationSec:0.#} s, by seed {seed}")))
        {
            return;
        }

        string? path = OutputPath is null ? null : ResolveOutputPath(OutputPath);
        if (path is not null)
        {
            ChaosScheduleFile.Write(path, steps, seed);
        }

        foreach (ChaosStep step in steps)
        {
            WriteVerbose(step.ToString());
        }

        ChaosMonkey monkey = new(cluster.Session.Client, steps, changed: cluster.Session.Use);
        RaftChaos chaos = new(cluster, seed, durationSec, steps, path ?? (ParameterSetName == ReplaySet ? ResolveOutputPath(SchedulePath) : null), monkey);
        Loose.AddOrUpdate(cluster, chaos);
        WriteObject(chaos);
    }

    private (IReadOnlyList<ChaosStep> Steps, ulong Seed) Draw(RaftCluster cluster)
    {
        ulong seed = SeedDraw.Of(this, Seed);
        IEnumerable<RaftChaosFault> faults = Fault ?? Enum.GetValues<RaftChaosFault>().Where(fault => fault != RaftChaosFault.Pause || !OperatingSystem.IsWindows());
        return (ChaosSchedule.Draw(seed, Servers(cluster), TimeSpan.FromSeconds(DurationSec), [.. faults.Select(fault => Enum.Parse<ChaosFault>(fault.ToString()))]), seed);
    }

    private (IReadOnlyList<ChaosStep> Steps, ulong Seed) Replay(RaftCluster cluster)
    {
        string path = ResolveOutputPath(SchedulePath);
        try
        {
            return ChaosScheduleFile.Read(path, Servers(cluster));
        }
        catch (Exception e) when (e is System.IO.IOException or System.IO.InvalidDataException or UnauthorizedAccessException)
        {
            Fail(ErrorIds.FileInvalid, ErrorCategory.InvalidData, path, e.Message);
            throw;
        }
    }

    private static int[] Servers(RaftCluster cluster) => [.. cluster.Session.Spec.Servers.Select(server => server.Id).Order()];

    /// <summary>The monkey that was let loose on a cluster last, or null.</summary>
    internal static RaftChaos? Of(RaftCluster cluster) => Loose.TryGetValue(cluster, out RaftChaos? chaos) ? chaos : null;
}
