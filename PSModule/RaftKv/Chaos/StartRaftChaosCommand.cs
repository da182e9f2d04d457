using System.Management.Automation;
using System.Runtime.CompilerServices;
using RaftKv.Base;
using RaftKv.Evaluation.Chaos;

namespace RaftKv.Commands;

/// <summary>Lets a monkey loose on a cluster: it kills, freezes, restarts and cuts off servers, and makes links bad, by a schedule drawn from a seed.</summary>
/// <remarks>
/// <para>The monkey works in the background of this PowerShell process; Stop-RaftChaos ends it. However it ends, it starts what is down, lets go on what is frozen and mends the network.</para>
/// <para>The same seed, servers, duration and faults draw the same schedule. Whom a fault hits that goes for the leader, and what the cluster makes of it, depends on the moment.</para>
/// </remarks>
/// <example>
/// <code>$chaos = Start-RaftChaos -DurationSec 60 -Seed 7; $chaos.Schedule</code>
/// Breaks the current cluster for a minute, and shows what will happen when.
/// </example>
/// <example>
/// <code>Start-RaftChaos -Fault Kill, Partition -OutputPath chaos.csv | Out-Null; Stop-RaftChaos -Wait</code>
/// Only kills and cuts, keeps the schedule in a file, and waits for its end.
/// </example>
[Cmdlet(VerbsLifecycle.Start, "RaftChaos", SupportsShouldProcess = true)]
[OutputType(typeof(RaftChaos))]
public sealed class StartRaftChaosCommand : ClusterCmdlet
{
    private static readonly ConditionalWeakTable<RaftCluster, RaftChaos> Loose = [];

    /// <summary>For how many seconds.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(0.1, 86400.0)]
    public double DurationSec { get; set; } = 30;

    /// <summary>Draws the schedule. Without it a random number is drawn, which the result names.</summary>
    [Parameter]
    public ulong Seed { get; set; }

    /// <summary>What may happen. Without it, everything that this machine can do.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public RaftChaosFault[]? Fault { get; set; }

    /// <summary>A CSV for the schedule.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

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

        ulong seed = SeedDraw.Of(this, Seed);
        IEnumerable<RaftChaosFault> faults = Fault ?? Enum.GetValues<RaftChaosFault>().Where(fault => fault != RaftChaosFault.Pause || !OperatingSystem.IsWindows());
        IReadOnlyList<ChaosStep> steps = ChaosSchedule.Draw(
            seed,
            [.. cluster.Session.Spec.Servers.Select(server => server.Id).Order()],
            TimeSpan.FromSeconds(DurationSec),
            [.. faults.Select(fault => Enum.Parse<ChaosFault>(fault.ToString()))]);
        if (!ShouldProcess($"Cluster '{cluster.Name}'", $"Break it {steps.Count} times in {DurationSec} s, by seed {seed}"))
        {
            return;
        }

        string? path = OutputPath is null ? null : ResolveOutputPath(OutputPath);
        if (path is not null)
        {
            Write(path, steps);
        }

        foreach (ChaosStep step in steps)
        {
            WriteVerbose(step.ToString());
        }

        RaftChaos chaos = new(cluster, seed, DurationSec, steps, path, new ChaosMonkey(cluster.Session.Client, steps));
        Loose.AddOrUpdate(cluster, chaos);
        WriteObject(chaos);
    }

    /// <summary>The monkey that was let loose on a cluster last, or null.</summary>
    internal static RaftChaos? Of(RaftCluster cluster) => Loose.TryGetValue(cluster, out RaftChaos? chaos) ? chaos : null;

    private static void Write(string path, IReadOnlyList<ChaosStep> steps)
    {
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllLines(path, steps
            .Select(step => FormattableString.Invariant(
                $"{step.Number},{step.AtMs},{step.LastsMs},{step.Fault},{step.Leader},{string.Join(' ', step.Servers)},{step.Strength}"))
            .Prepend("Number,AtMs,LastsMs,Fault,Leader,Servers,Strength"));
    }
}
