using System.Management.Automation;
using RaftKv.Evaluation.Recoveries;

namespace RaftKv.Commands;

/// <summary>Cuts the network of a running cluster again and again, and measures how long it takes to serve again.</summary>
/// <remarks>
/// <para>Where a server alone is cut off, the time runs from the cut and the others are asked. Where no group has a majority, the time runs from the healing. The network is whole and all servers have caught up before the next cut. After Ctrl-C the cluster is mended before the cmdlet ends.</para>
/// <para>The keys that it writes begin with raftkv-measure/ and a random word, so that they are no one else's, and are removed at the end.</para>
/// </remarks>
/// <example>
/// <code>Measure-RaftReconnection</code>
/// Cuts off the leader of the current cluster five times.
/// </example>
/// <example>
/// <code>Measure-RaftReconnection -Cut Minorities -Count 3 -OutputPath reconnection.csv</code>
/// Cuts the cluster into groups without a majority three times, and keeps how long it takes after the healing.
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "RaftReconnection", SupportsShouldProcess = true)]
[OutputType(typeof(RaftRecovery))]
public sealed class MeasureRaftReconnectionCommand : RecoveryCmdlet
{
    /// <summary>What is cut off: the leader alone, a follower alone, or everybody in groups without a majority.</summary>
    [Parameter]
    [ValidateSet("Leader", "Follower", "Minorities")]
    public string Cut { get; set; } = "Leader";

    /// <inheritdoc/>
    protected override void ProcessRecord() => Measure(
        Cut.ToUpperInvariant() switch
        {
            "FOLLOWER" => RecoveryFault.FollowerCutOff,
            "MINORITIES" => RecoveryFault.MinorityPartitions,
            _ => RecoveryFault.LeaderCutOff,
        },
        $"Cut the network {Count} times");
}
