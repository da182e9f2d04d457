using System.Management.Automation;
using RaftKv.Evaluation.Recoveries;

namespace RaftKv.Commands;

/// <summary>Kills the leader of a running cluster again and again, and measures how long it takes to have another and to serve.</summary>
/// <remarks>
/// <para>Each time, the killed server is started again and has caught up before the next kill. A recovery that takes longer than 60 seconds is cut off: it has no times and the outcome timeout. After Ctrl-C the cluster is mended before the cmdlet ends.</para>
/// <para>The keys that it writes begin with raftkv-measure/ and a random word, so that they are no one else's, and are removed at the end.</para>
/// </remarks>
/// <example>
/// <code>Measure-RaftElection</code>
/// Kills the leader of the current cluster five times.
/// </example>
/// <example>
/// <code>Measure-RaftElection -Count 3 -Mute -OutputPath elections.csv | Measure-Object TimeToLeaderMs -Average -Maximum</code>
/// Mutes leaders instead of ending their processes, keeps the numbers, and sums them up.
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "RaftElection", SupportsShouldProcess = true)]
[OutputType(typeof(RaftRecovery))]
public sealed class MeasureRaftElectionCommand : RecoveryCmdlet
{
    /// <summary>Lets the leader drop every message, as the published evaluation kills, instead of ending its process.</summary>
    [Parameter]
    public SwitchParameter Mute { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Measure(
        Mute ? RecoveryFault.LeaderMuted : RecoveryFault.LeaderKilled,
        $"{(Mute ? "Mute" : "Kill")} the leader {Count} times");
}
