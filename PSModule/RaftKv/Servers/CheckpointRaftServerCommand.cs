using System.Management.Automation;
using RaftKv.Api.Backups;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Lets servers take a snapshot of their state now, and shorten their logs by what it holds; or copies one server's state into a file.</summary>
/// <remarks>
/// <para>Servers take snapshots by themselves, after SnapshotThresholdEntries entries or SnapshotThresholdBytes bytes of them. The command returns once each snapshot is durable; reads and writes go on meanwhile. The newest entries stay in the log (SnapshotTrailingEntries) for servers that are a little behind; one that is further behind is sent a snapshot.</para>
/// <para>With -Path the snapshot of one server is copied into a file besides, which Restore-RaftCluster makes a new cluster of. It holds what that server has applied, however old that is, and needs no majority; Backup-RaftCluster makes one that holds every acknowledged write.</para>
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
/// <example>
/// <code>Checkpoint-RaftServer n2 -Path n2.raftbackup</code>
/// Copies what one server has applied into a file.
/// </example>
[Cmdlet(VerbsData.Checkpoint, "RaftServer", SupportsShouldProcess = true)]
[OutputType(typeof(RaftServer), typeof(RaftBackup))]
public sealed class CheckpointRaftServerCommand : ServerActionCmdlet
{
    private BackupInfo? _copied;

    /// <summary>A file that gets the state of the server, which must be one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>With -Path, replaces a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Effect => "Take snapshot";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Path is not null && (_copied is not null || TargetServers(Server).Count > 1))
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, Server, "-Path takes the state of one server, and several are chosen. Choose one with -Server.");
        }

        base.ProcessRecord();
        if (_copied is not null)
        {
            WriteObject(RaftBackup.From(_copied));
        }
    }

    private protected override async Task ActAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        if (Path is null)
        {
            await target.Cluster.Session.Client.Admin.CheckpointAsync(target.Id, cancellationToken);
        }
        else
        {
            _copied = await ClusterBackup.CheckpointAsync(target.Cluster.Session.Client, target.Id, ResolveOutputPath(Path), Force, cancellationToken);
        }
    }
}
