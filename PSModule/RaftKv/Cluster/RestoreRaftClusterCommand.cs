using System.Management.Automation;
using RaftKv.Api.Backups;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Arguments;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Starts a new cluster that begins with the state of a backup, and waits until it has a leader.</summary>
/// <remarks>
/// <para>The new cluster has all keys of the backup with their versions, an id of its own, new servers and no client sessions: a client of the old cluster is refused, and nothing that was sent to that one can be taken for a resend here. The old cluster is left as it is.</para>
/// <para>The whole file is checked before anything is made: one that is damaged or cut off is refused with the id BackupInvalid.</para>
/// <para>Options are those of the old cluster unless -Preset or -Option say otherwise, and there are as many servers unless -ServerCount does. A log that is kept as JSON cannot begin with a backup: -Option @{ Storage = 'Wal' } makes it one that can.</para>
/// <para>Where a majority of a cluster's disks was lost, this is how to go on: Backup-RaftCluster -Surviving first makes the file of the best copy that is left. Clients that kept the old cluster's file connect to the new one by its own.</para>
/// <para>With -Agent the servers go to agents that run already, as with Start-RaftCluster: each is sent the state.</para>
/// </remarks>
/// <example>
/// <code>Restore-RaftCluster monday.raftbackup</code>
/// Makes a cluster with temporary data, for a look at what the backup holds.
/// </example>
/// <example>
/// <code>Restore-RaftCluster -Path monday.raftbackup -Name orders -DataPath ./restored -ServerCount 3</code>
/// Makes three servers that keep their data.
/// </example>
[Cmdlet(VerbsData.Restore, "RaftCluster", SupportsShouldProcess = true)]
[OutputType(typeof(RaftCluster))]
public sealed class RestoreRaftClusterCommand : LaunchCmdlet
{
    /// <summary>The backup.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>What to call the new cluster: letters, digits, - and _. Without it a free name is taken: raft1, raft2 and so on.</summary>
    [Parameter(Position = 1)]
    [ValidatePattern("^[A-Za-z0-9_-]{1,64}$")]
    public string? Name { get; set; }

    /// <summary>How many servers. Without it, as many as the old cluster had.</summary>
    [Parameter]
    [ValidateRange(1, 63)]
    public int ServerCount { get; set; }

    /// <summary>The set of options to begin from: Default or Paper2019. Without it, the options of the old cluster.</summary>
    [Parameter]
    [ValidateSet("Default", "Paper2019")]
    public string? Preset { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = ResolveOutputPath(Path);
        if (!TryRun(path, _ => Task.Run(() => BackupFile.Read(path), CancellationToken.None), out BackupInfo info))
        {
            return;
        }

        LaunchOptions launch = Launch(path, info);
        if (!ShouldProcess(
            $"{launch.ServerCount} servers", $"Start cluster{(Name is null ? "" : $" '{Name}'")} with the state of '{info.ClusterName}' up to entry {info.Index}"))
        {
            return;
        }

        Start(launch, wait: true);
    }

    private LaunchOptions Launch(string path, BackupInfo info)
    {
        ServerOptions begin = Preset is null ? info.Options : ServerOptions.OfPreset(Preset);
        (ServerOptions options, IReadOnlyList<string> faults) = OptionTable.Apply(begin, Option?.Table, out bool? loseUnsynced);
        if (faults.Count == 0 && options.Storage != "Wal")
        {
            faults = ["A log that is kept as JSON cannot begin with a backup: add -Option @{ Storage = 'Wal' }."];
        }

        if (faults.Count > 0)
        {
            Fail(ErrorIds.OptionInvalid, ErrorCategory.InvalidArgument, Option?.Table, string.Join(Environment.NewLine, faults));
        }

        return Shared(Name, loseUnsynced) with
        {
            ServerCount = ServerCount > 0 ? ServerCount : Math.Clamp(info.ServerCount, 1, 63),
            Preset = Preset ?? (info.Preset.Length > 0 ? info.Preset : "Default"),
            Options = options,
            BackupPath = path,
        };
    }
}
