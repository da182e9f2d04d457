using System.Management.Automation;
using RaftKv.Api.Backups;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Copies the state of a cluster into one file that Restore-RaftCluster makes a new cluster of.</summary>
/// <remarks>
/// <para>The file holds all keys with their versions as of one entry of the log, and every write that was acknowledged before. The cluster serves meanwhile. The file says of which cluster it is and how far it reaches, has a checksum over all of it, and can be carried to another machine.</para>
/// <para>A majority of the servers must be there, because only a leader with a majority vouches for what was acknowledged. Where a majority is lost for good, with its disks, the way out is -Surviving: it looks at the data directories on this machine, whether their servers run or not, takes the copy that reaches furthest, and says in Loss, and in a warning, what is lost and what may be. It changes nothing in them. A stopped cluster is named for it by -Cluster. Restore-RaftCluster then makes a new cluster of the file.</para>
/// <para>For directories on other machines 'raftkv-node backup --data DIRECTORY --output FILE' does the same there for one directory. For what a single running server has see Checkpoint-RaftServer -Path.</para>
/// </remarks>
/// <example>
/// <code>Backup-RaftCluster orders.raftbackup</code>
/// Copies the current cluster's state into a file.
/// </example>
/// <example>
/// <code>Backup-RaftCluster -Path last.raftbackup -Surviving; Restore-RaftCluster last.raftbackup</code>
/// Saves the best copy that is left of a cluster that lost its majority, and goes on with it as a new cluster.
/// </example>
[Cmdlet(VerbsData.Backup, "RaftCluster", SupportsShouldProcess = true)]
[OutputType(typeof(RaftBackup))]
public sealed class BackupRaftClusterCommand : ClusterCmdlet
{
    /// <summary>The file to write. Its folder is made where it is missing.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster. With -Surviving, also a stopped one by name.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterFileCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <summary>Takes the best copy that is left on this machine, without a majority, and says what may be missing. For a cluster that has lost a majority of its disks.</summary>
    [Parameter]
    public SwitchParameter Surviving { get; set; }

    /// <summary>
    /// With -Surviving, the raftkv-node executable that reads the directories, or its directory. Without it the environment
    /// variable RAFTKV_NODE decides, and without that the one beside the module is used.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NodePath { get; set; }

    /// <summary>Replaces a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = ResolveOutputPath(Path);
        if (Surviving)
        {
            SaveSurviving(path);
            return;
        }

        RaftCluster cluster = TargetCluster();
        if (ShouldProcess(path, $"Copy the state of cluster '{cluster.Name}'")
            && TryRun(path, token => ClusterBackup.TakeAsync(cluster.Session.Client, path, Force, token), out BackupInfo info))
        {
            WriteObject(RaftBackup.From(info));
        }
    }

    private void SaveSurviving(string path)
    {
        ClusterSpec spec = Stopped() ?? TargetCluster().Session.Spec;
        string? node = NodePath is null ? LaunchCmdlet.NodeBesideModule() : ResolveOutputPath(NodePath);
        if (!ShouldProcess(path, $"Copy the best state that is left of cluster '{spec.Name}'")
            || !TryRun(
                path,
                token => SurvivingCopies.SaveBestAsync(spec, path, Force, node, token),
                out (BackupInfo Backup, IReadOnlyList<string> Loss) saved))
        {
            return;
        }

        foreach (string loss in saved.Loss)
        {
            WriteWarning(loss);
        }

        WriteObject(RaftBackup.From(saved.Backup, saved.Loss));
    }

    /// <summary>The cluster of that name that has a file and is none of this session's, or null.</summary>
    private ClusterSpec? Stopped() => Cluster is { Cluster: null } reference
        && !SessionTable.Here.Known.Any(known => string.Equals(known.Name, reference.Name, StringComparison.OrdinalIgnoreCase))
            ? LocalCluster.List().FirstOrDefault(spec => string.Equals(spec.Name, reference.Name, StringComparison.OrdinalIgnoreCase))
            : null;
}
