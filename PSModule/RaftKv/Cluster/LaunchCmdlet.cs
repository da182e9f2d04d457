using System.Diagnostics;
using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Base;
using RaftKv.Bridge;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>What starts a cluster, new or with the state of a backup: where its servers run, and the wait for a leader.</summary>
public abstract class LaunchCmdlet : RaftCmdlet
{
    /// <summary>Options that differ from the preset, or from what the cluster had before, by name. All faults in it are reported at once, with the names that exist.</summary>
    [Parameter]
    [OptionTransformation]
    [ValidateNotNull]
    public RaftOptionSet? Option { get; set; }

    /// <summary>Where to keep the data. Stop-RaftCluster then leaves it in place and Start-RaftCluster with the same name goes on with it; Remove-RaftCluster deletes it. Without it the data lies in a temporary folder that Stop-RaftCluster deletes. With -Agent it is a path on the agents' machines.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataPath { get; set; }

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

    /// <summary>How many seconds it may take until there is a leader. After that everything started is stopped again.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(1.0, 86400.0)]
    public double TimeoutSec { get; set; } = 60;

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

    /// <summary>Whether the caller said so: what is left out is as a cluster had it, or as the default says.</summary>
    private protected bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>What these parameters say of a launch.</summary>
    private protected LaunchOptions Shared(string? name, bool? loseUnsynced) => new()
    {
        Name = name,
        DataPath = DataPath is null ? null : ResolveOutputPath(DataPath),
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

    /// <summary>Starts it, makes it the current cluster, and puts it out once it has a leader.</summary>
    private protected void Start(LaunchOptions launch, bool wait)
    {
        long started = Stopwatch.GetTimestamp();
        if (!TryRun(launch.Name, token => LocalCluster.StartAsync(launch, new LaunchProgress(Feedback.Current), token), out ClusterSpec spec))
        {
            return;
        }

        RaftCluster cluster = SessionTable.Open(spec);
        if (!wait || HasLeader(cluster, TimeSpan.FromSeconds(TimeoutSec) - Stopwatch.GetElapsedTime(started)))
        {
            WriteObject(cluster);
        }
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
    private bool HasLeader(RaftCluster cluster, TimeSpan timeout)
    {
        bool elected = false;
        try
        {
            string missing = Run(token => ClusterWait.UntilAsync(cluster, WaitGoal.Leader, null, timeout, token));
            elected = missing.Length == 0;
            if (!elected)
            {
                Fail(ErrorIds.WaitTimeout, ErrorCategory.OperationTimeout, cluster.Name,
                    FormattableString.Invariant($"Cluster '{cluster.Name}' had no leader within {TimeoutSec:0.#} s and was stopped again: {missing}. If a majority of its servers is lost for ")
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
                if (!IsStopping)
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

    /// <summary>Tells of a launch as progress and as verbose lines.</summary>
    private sealed class LaunchProgress : IProgress<(string Text, int Done, int Total)>
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
