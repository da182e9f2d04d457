using System.Diagnostics;
using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Arguments;
using RaftKv.Base;
using RaftKv.Bridge;

namespace RaftKv.Commands;

/// <summary>Starts a cluster on this machine and waits until it has a leader.</summary>
/// <remarks>
/// <para>Each server is a process of its own named raftkv-node, looked after by an agent process. They end when this PowerShell process ends, however it ends, unless -Detached is given.</para>
/// <para>Without -DataPath the data lies in a temporary folder that Stop-RaftCluster deletes. The new cluster becomes this runspace's current one, which other commands use when -Cluster is left out.</para>
/// <para>The name of a stopped cluster whose data was kept starts that cluster again, as it was: its servers and their ports, its preset and options, its data. What a parameter changes is changed for later starts too, and a warning says what. The number of servers and the storage of the data cannot be changed that way: that is refused. Where a port is taken by something else the start is refused with the id PortInUse, and -NewPort is the way out.</para>
/// <para>It refuses where the data of one of its servers is gone, because an empty server could no longer answer for what it had acknowledged; -SkipMissing starts the others. Where the data of a majority is lost, Backup-RaftCluster -Surviving and Restore-RaftCluster are the way out.</para>
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
public sealed class StartRaftClusterCommand : RaftCmdlet
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

    /// <summary>Options that differ from the preset, or from what a stopped cluster had, by name. All faults in it are reported at once, with the names that exist.</summary>
    [Parameter]
    [OptionTransformation]
    [ValidateNotNull]
    public RaftOptionSet? Option { get; set; }

    /// <summary>Where to keep the data. Stop-RaftCluster then leaves it in place and a later start with the same path and name goes on with it; Remove-RaftCluster deletes it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataPath { get; set; }

    /// <summary>Starts a stopped cluster without the servers whose data is gone, if a majority is left. They still belong to it: remove each with Remove-RaftMember, then add another with Add-RaftMember.</summary>
    [Parameter]
    public SwitchParameter SkipMissing { get; set; }

    /// <summary>Gives another port to each server of a stopped cluster whose port is taken, and tells all servers. Without it a port that is taken is an error.</summary>
    [Parameter]
    public SwitchParameter NewPort { get; set; }

    /// <summary>Lets this session break the cluster's network. On unless you say -Chaos:$false, because a local cluster listens on loopback only.</summary>
    [Parameter]
    public SwitchParameter Chaos { get; set; } = true;

    /// <summary>Lets the cluster outlive this PowerShell process. Another session reaches it with Connect-RaftCluster.</summary>
    [Parameter]
    public SwitchParameter Detached { get; set; }

    /// <summary>
    /// The raftkv-node executable to use, or its directory. Without it the environment variable RAFTKV_NODE decides, and
    /// without that the one beside the module is used.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NodePath { get; set; }

    /// <summary>Running agents to spread the servers over, for example on other machines, instead of one that is started here. Server n1 goes to the first, n2 to the second and so on.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public Uri[]? Agent { get; set; }

    /// <summary>The most servers that one agent takes.</summary>
    [Parameter]
    [ValidateRange(1, 63)]
    public int ServersPerAgent { get; set; } = 7;

    /// <summary>A file whose first line is the token of the agents, the same for all of them. Only its owner may be able to read it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AgentTokenPath { get; set; }

    /// <summary>Lets the servers of agents elsewhere listen in plain text on addresses that other machines reach.</summary>
    [Parameter]
    public SwitchParameter AllowInsecure { get; set; }

    /// <summary>Returns as soon as the servers are ready, without waiting for a leader.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>How many seconds it may take until there is a leader. After that everything started is stopped again.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(1.0, 86400.0)]
    public double TimeoutSec { get; set; } = 60;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        LaunchOptions launch = Launch(out int serverCount);
        if (!ShouldProcess($"{serverCount} servers", "Start cluster" + (Name is null ? "" : $" '{Name}'")))
        {
            return;
        }

        long started = Stopwatch.GetTimestamp();
        if (!TryRun(Name, token => LocalCluster.StartAsync(launch, new LaunchProgress(Feedback.Current), token), out ClusterSpec spec))
        {
            return;
        }

        RaftCluster cluster = SessionTable.Open(spec);
        if (!NoWait && !HasLeader(this, cluster, TimeSpan.FromSeconds(TimeoutSec) - Stopwatch.GetElapsedTime(started), TimeoutSec))
        {
            return;
        }

        WriteObject(cluster);
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
        return new LaunchOptions
        {
            Name = Name,
            ServerCount = IsGiven(nameof(ServerCount)) ? ServerCount : null,
            Preset = IsGiven(nameof(Preset)) ? Preset : null,
            Change = Changed,
            DataPath = DataPath is null ? null : ResolveOutputPath(DataPath),
            SkipMissing = SkipMissing,
            NewPorts = NewPort,
            Chaos = IsGiven(nameof(Chaos)) ? Chaos.IsPresent : null,
            Detached = Detached,
            LoseUnsyncedOnKill = loseUnsynced,
            NodePath = NodePath is null ? NodeBesideModule() : ResolveOutputPath(NodePath),
            Timeout = TimeSpan.FromSeconds(TimeoutSec),
            Agents = Agents(),
            ServersPerAgent = ServersPerAgent,
            AllowInsecure = AllowInsecure,
            OnWarning = text => Feedback.Current?.Warning(text),
        };
    }

    /// <summary>Whether the caller said so: what is left out is as a stopped cluster had it.</summary>
    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>The options with those of the caller in place; checked again, as the cluster's file may have changed meanwhile.</summary>
    private ServerOptions Changed(ServerOptions options)
    {
        (ServerOptions changed, IReadOnlyList<string> faults) = OptionTable.Apply(options, Option?.Table, out _);
        return faults.Count == 0 ? changed : throw new RaftException(ErrorIds.OptionInvalid, string.Join(Environment.NewLine, faults));
    }

    private AgentSpec[] Agents()
    {
        if (Agent is null)
        {
            return [];
        }

        if (AgentTokenPath is null)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, Agent, "Agents answer only who has their token: name its file with -AgentTokenPath.");
        }

        string path = ResolveOutputPath(AgentTokenPath);
        try
        {
            string token = System.IO.File.ReadLines(path).FirstOrDefault()?.Trim() ?? "";
            return [.. Agent.Select(endpoint => new AgentSpec(endpoint, token))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(ErrorIds.FileInvalid, ErrorCategory.OpenError, path, $"The agents' token cannot be read: {e.Message}");
            return [];
        }
    }

    /// <summary>Waits for the leader; a cluster that has none within the time, or is not waited for, is stopped again.</summary>
    internal static bool HasLeader(RaftCmdlet cmdlet, RaftCluster cluster, TimeSpan timeout, double timeoutSec)
    {
        bool elected = false;
        try
        {
            string missing = cmdlet.Run(token => ClusterWait.UntilAsync(cluster, WaitGoal.Leader, null, timeout, token));
            elected = missing.Length == 0;
            if (!elected)
            {
                cmdlet.Fail(ErrorIds.WaitTimeout, ErrorCategory.OperationTimeout, cluster.Name,
                    $"Cluster '{cluster.Name}' had no leader within {timeoutSec:0.#} s and was stopped again: {missing}. If a majority of its servers is lost for "
                    + "good, Backup-RaftCluster -Surviving saves the best copy that is left, and Restore-RaftCluster goes on with it.");
            }

            return true;
        }
        finally
        {
            if (!elected)
            {
                SessionTable.Forget(cluster);
                Task stopping = Task.Run(() => StopAsync(cluster));
                if (!cmdlet.IsStopping)
                {
                    stopping.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
                }
            }
        }
    }

    private static async Task StopAsync(RaftCluster cluster)
    {
        await cluster.Session.CloseAsync();
        await LocalCluster.StopAsync(cluster.Session.Spec);
    }

    /// <summary>The node that the build laid beside the module; null leaves finding it to the library, as where the environment names one.</summary>
    internal static string? NodeBesideModule()
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(NodeExecutable.EnvironmentVariable)))
        {
            return null;
        }

        string path = Path.Combine(ModuleBridge.ModuleDirectory, "node", OperatingSystem.IsWindows() ? "raftkv-node.exe" : "raftkv-node");
        return File.Exists(path) ? path : null;
    }

    /// <summary>Tells of a launch as progress and as verbose lines.</summary>
    internal sealed class LaunchProgress : IProgress<(string Text, int Done, int Total)>
    {
        private readonly Feedback? _feedback;

        public LaunchProgress(Feedback? feedback) => _feedback = feedback;

        public void Report((string Text, int Done, int Total) value)
        {
            _feedback?.Verbose(value.Text);
            _feedback?.Progress("Starting the cluster", value.Text, value.Total > 0 ? (double)value.Done / value.Total : 0);
        }
    }
}
