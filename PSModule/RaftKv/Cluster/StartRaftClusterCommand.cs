using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Arguments;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Starts a cluster on this machine and waits until it has a leader.</summary>
/// <remarks>
/// <para>Each server is a process of its own named raftkv-node, looked after by an agent process. They end when this PowerShell process ends, however it ends, unless -Detached is given.</para>
/// <para>Without -DataPath the data lies in a temporary folder that Stop-RaftCluster deletes. The new cluster becomes this runspace's current one, which other commands use when -Cluster is left out.</para>
/// <para>The name of a stopped cluster whose data was kept starts that cluster again, as it was: its servers and their ports, its preset and options, its data. What a parameter changes is changed for later starts too, and a warning says what. The number of servers and the storage of the data cannot be changed that way: that is refused. Where a port is taken by something else the start is refused with the id PortInUse, and -NewPort is the way out.</para>
/// <para>It refuses where the data of one of its servers is gone or damaged, because an empty server could no longer answer for what it had acknowledged; -SkipMissing starts the others, and a warning names those that were left out. Where the data of a majority is lost, Backup-RaftCluster -Surviving and Restore-RaftCluster are the way out.</para>
/// <para>What a start left that was cut off, because its session was killed, is removed by the next start, with a warning that says what: it is known by the record that a start keeps of what it makes. A temporary cluster that lost its agent without having been stopped is never replaced: its name stays taken until Remove-RaftCluster deletes what is left of it.</para>
/// <para>With -Agent the servers go to agents that run already, on this machine or others: 'raftkv-node agent --listen 10.0.0.1:7000 --token-file token --allow-insecure' starts one. Their addresses decide where the servers listen. There is no encryption then, hence -AllowInsecure.</para>
/// </remarks>
/// <example>
/// <code>Start-RaftCluster</code>
/// Starts five servers with temporary data and shows the cluster once a leader exists.
/// </example>
/// <example>
/// <code>$c = Start-RaftCluster -ServerCount 3 -Name orders -DataPath ./orders -Option @{ ElectionTimeoutLowerMs = 300; ElectionTimeoutUpperMs = 600 }</code>
/// Starts three servers that keep their data in ./orders and campaign sooner than by default. After Stop-RaftCluster, Start-RaftCluster orders starts them again with all that.
/// </example>
[Cmdlet(VerbsLifecycle.Start, "RaftCluster", SupportsShouldProcess = true)]
[OutputType(typeof(RaftCluster))]
public sealed class StartRaftClusterCommand : LaunchCmdlet
{
    /// <summary>What to call the cluster: letters, digits, - and _. Without it a free name is taken: raft1, raft2 and so on.</summary>
    [Parameter(Position = 0)]
    [ValidatePattern("^[A-Za-z0-9_-]{1,64}$")]
    public string? Name { get; set; }

    /// <summary>How many servers. 5 tolerate the loss of 2. A stopped cluster has as many as it had.</summary>
    [Parameter]
    [ValidateRange(1, 63)]
    public int ServerCount { get; set; } = 5;

    /// <summary>The set of options to begin from: Default is what a user should run, Paper2019 the settings of the published evaluation. Without it a stopped cluster has the preset and the options that it had.</summary>
    [Parameter]
    [ValidateSet("Default", "Paper2019")]
    public string Preset { get; set; } = "Default";

    /// <summary>Starts a stopped cluster without the servers whose data is gone or cannot be read, if a majority is left; their directories stay as they are. They still belong to it: put the data back and use Start-RaftServer, or remove each with Remove-RaftMember and add another with Add-RaftMember.</summary>
    [Parameter]
    public SwitchParameter SkipMissing { get; set; }

    /// <summary>Gives another port to each server of a stopped cluster whose port is taken, and tells all servers. Without it a port that is taken is an error.</summary>
    [Parameter]
    public SwitchParameter NewPort { get; set; }

    /// <summary>Returns as soon as the servers are ready, without waiting for a leader.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        LaunchOptions launch = Launch(out int serverCount);
        if (!ShouldProcess($"{serverCount} servers", "Start cluster" + (Name is null ? "" : $" '{Name}'")))
        {
            return;
        }

        Start(launch, wait: !NoWait);
    }

    private LaunchOptions Launch(out int serverCount)
    {
        ClusterSpec? kept = null;
        if (Name is not null && !TryRun(Name, _ => Task.FromResult(LocalCluster.Find(Name)), out kept))
        {
            throw new PipelineStoppedException();
        }

        ServerOptions basis = IsGiven(nameof(Preset)) ? ServerOptions.OfPreset(Preset) : kept?.Options ?? ServerOptions.Default;
        (_, IReadOnlyList<string> faults) = OptionTable.Apply(basis, Option?.Table, out bool? loseUnsynced);
        if (faults.Count > 0)
        {
            Fail(ErrorIds.OptionInvalid, ErrorCategory.InvalidArgument, Option?.Table, string.Join(Environment.NewLine, faults));
        }

        serverCount = IsGiven(nameof(ServerCount)) ? ServerCount : kept?.Servers.Count ?? ServerCount;
        return Shared(Name, loseUnsynced) with
        {
            ServerCount = IsGiven(nameof(ServerCount)) ? ServerCount : null,
            Preset = IsGiven(nameof(Preset)) ? Preset : null,
            Change = Changed,
            SkipMissing = SkipMissing,
            NewPorts = NewPort,
        };
    }

    /// <summary>The options with those of the caller in place; checked again, as the cluster's file may have changed meanwhile.</summary>
    private ServerOptions Changed(ServerOptions options)
    {
        (ServerOptions changed, IReadOnlyList<string> faults) = OptionTable.Apply(options, Option?.Table, out _);
        return faults.Count == 0 ? changed : throw new RaftException(ErrorIds.OptionInvalid, string.Join(Environment.NewLine, faults));
    }
}
