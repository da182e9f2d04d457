using System.Management.Automation;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Lets servers take a snapshot of their state now, and shorten their logs by what it holds.</summary>
/// <remarks>
/// <para>Servers take snapshots by themselves, after SnapshotThresholdEntries entries or SnapshotThresholdBytes bytes of them. The command returns once each snapshot is durable; reads and writes go on meanwhile. The newest entries stay in the log (SnapshotTrailingEntries) for servers that are a little behind; one that is further behind is sent a snapshot.</para>
/// <para>Servers that keep their log as JSON (the Paper2019 preset) take no snapshots.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftServer | Checkpoint-RaftServer</code>
/// Lets every server of the current cluster take a snapshot.
/// </example>
/// <example>
/// <code>Checkpoint-RaftServer n2 -PassThru | Select-Object Name, SnapshotIndex, FirstIndex</code>
/// Lets one server take a snapshot and shows how far it reaches and where the server's log begins now.
/// </example>
[Cmdlet(VerbsData.Checkpoint, "RaftServer", SupportsShouldProcess = true)]
[OutputType(typeof(RaftServer))]
public sealed class CheckpointRaftServerCommand : ServerActionCmdlet
{
    private protected override string Effect => "Take snapshot";

    private protected override Task ActAsync(ServerTarget target, CancellationToken cancellationToken) =>
        target.Cluster.Session.Client.Admin.CheckpointAsync(target.Id, cancellationToken);
}
