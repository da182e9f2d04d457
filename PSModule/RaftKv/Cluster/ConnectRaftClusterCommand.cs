using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Connects this session to a running cluster and makes it the current one.</summary>
/// <remarks>
/// <para>A cluster is found by its name among this user's cluster files, by the path of a cluster file that someone gave you, or by asking its servers. Nothing is started and nothing is stopped.</para>
/// <para>A cluster that is stopped is refused with the id ClusterStopped: Start-RaftCluster starts it again by its name. Where its processes cannot be seen from here and none of its servers answers, a warning says so.</para>
/// <para>What is known from the servers alone suffices to read, write and look. To start, stop or break servers the cluster file is needed, which holds the keys for it.</para>
/// </remarks>
/// <example>
/// <code>Connect-RaftCluster orders</code>
/// Connects to the cluster that another session of this user started under that name.
/// </example>
/// <example>
/// <code>Connect-RaftCluster -Path ./cluster.json</code>
/// Connects with a cluster file.
/// </example>
/// <example>
/// <code>Connect-RaftCluster -Endpoint (Get-RaftServer).Endpoint</code>
/// Connects to a cluster of which only the addresses of its servers are known, here those of the current one.
/// </example>
[Cmdlet(VerbsCommunications.Connect, "RaftCluster", DefaultParameterSetName = NameSet)]
[OutputType(typeof(RaftCluster))]
public sealed class ConnectRaftClusterCommand : RaftCmdlet
{
    private const string NameSet = "Name";
    private const string PathSet = "Path";
    private const string EndpointSet = "Endpoint";
    private const string FileName = "cluster.json";

    /// <summary>The cluster's name. Case does not matter.</summary>
    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>A cluster file, or the folder that holds one.</summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Where the servers listen, each of them: http://127.0.0.1:20000 and so on.</summary>
    [Parameter(ParameterSetName = EndpointSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public Uri[] Endpoint { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == EndpointSet)
        {
            ConnectByEndpoint();
            return;
        }

        string? path = ParameterSetName == PathSet ? ResolveOutputPath(Path) : null;
        if (TryRun(path ?? Name, _ => Task.FromResult(Load(path)), out ClusterSpec? spec))
        {
            if (spec is null)
            {
                Fail(ErrorIds.NoCluster, ErrorCategory.ObjectNotFound, Name, ClusterNames.Explain(Name));
            }

            if (LocalCluster.StateOf(spec) == AgentState.Running || Answers(spec))
            {
                WarnOfCutOff(spec);
                WriteObject(SessionTable.Open(spec));
                return;
            }

            RefuseStopped(spec);
            WriteWarning($"None of the servers of cluster '{spec.Name}' answers, and whether they run cannot be seen from here: {string.Join(", ", spec.Servers.Select(s => s.Endpoint))}.");
            WriteObject(SessionTable.Open(spec));
        }
    }

    /// <summary>Servers that a session started which was killed meanwhile can be written to, but not stopped one by one: their agent is known to no file.</summary>
    private void WarnOfCutOff(ClusterSpec spec)
    {
        if (LocalCluster.StateOf(spec) == AgentState.Ended && CutOffLaunch.IsOf(spec))
        {
            WriteWarning(
                $"Cluster '{spec.Name}' runs, but the session that started it was cut off before it was done: its servers cannot be started and stopped. "
                + $"'Stop-RaftCluster {spec.Name}' ends them, and 'Start-RaftCluster {spec.Name}' starts it again.");
        }
    }

    /// <summary>Whether any server does: one may outlive its agent.</summary>
    private bool Answers(ClusterSpec spec) => TryRun(
        spec.Name,
        async token =>
        {
            await using ClusterClient client = new(spec);
            return (await client.GetAnsweringViewsAsync(token)).Count > 0;
        },
        out bool answers) && answers;

    /// <summary>Ends the cmdlet where the cluster is known to be stopped: each read and write would wait for nothing.</summary>
    private void RefuseStopped(ClusterSpec spec)
    {
        if (LocalCluster.StateOf(spec) == AgentState.Ended)
        {
            Fail(ErrorIds.ClusterStopped, ErrorCategory.ResourceUnavailable, spec.Name,
                $"Cluster '{spec.Name}' is stopped: its agent has ended, and none of its servers answers. "
                + (LocalCluster.IsLost(spec) ? $"Its data was temporary, and what is left of it lies in '{spec.DataPath}': 'Backup-RaftCluster -Cluster {spec.Name} -Surviving -Path FILE' saves the best copy."
                    : spec.DataIsTemporary ? "Its data was temporary: Start-RaftCluster starts a new one."
                    : spec.Path == FileOf(spec.Name) ? $"'Start-RaftCluster {spec.Name}' starts it again and connects to it."
                    : $"'Start-RaftCluster {spec.Name}' starts it again where it was started before."));
        }
    }

    private void ConnectByEndpoint()
    {
        if (Endpoint.FirstOrDefault(uri => !uri.IsAbsoluteUri || uri.Scheme is not ("http" or "https")) is { } bad)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, bad, $"'{bad}' is no endpoint. Write it like http://127.0.0.1:20000.");
        }

        if (!TryRun(Endpoint, token => ClusterDiscovery.FindAsync(Endpoint, token), out (ClusterSpec Spec, IReadOnlyList<string> Problems) found))
        {
            return;
        }

        foreach (string text in found.Problems)
        {
            WriteWarning($"Connected to {found.Spec.Servers.Count} of the servers: {text}.");
        }

        WriteObject(SessionTable.Open(found.Spec));
    }

    private ClusterSpec? Load(string? path)
    {
        if (path is not null)
        {
            return ClusterSpec.Load(Directory.Exists(path) ? System.IO.Path.Combine(path, FileName) : path);
        }

        return File.Exists(FileOf(Name)) ? ClusterSpec.Load(FileOf(Name)) : LocalCluster.Find(Name);
    }

    private static string FileOf(string name) => System.IO.Path.Combine(ClusterSpec.DefaultDirectory, name, FileName);
}
