using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Connects this session to a running cluster and makes it the current one.</summary>
/// <remarks>
/// <para>A cluster is found by its name among this user's cluster files, or by the path of a cluster file that someone gave you. Nothing is started and nothing is stopped.</para>
/// </remarks>
/// <example>
/// <code>Connect-RaftCluster orders</code>
/// Connects to the cluster that another session of this user started under that name.
/// </example>
/// <example>
/// <code>Connect-RaftCluster -Path ./cluster.json</code>
/// Connects with a cluster file.
/// </example>
[Cmdlet(VerbsCommunications.Connect, "RaftCluster", DefaultParameterSetName = NameSet)]
[OutputType(typeof(RaftCluster))]
public sealed class ConnectRaftClusterCommand : RaftCmdlet
{
    private const string NameSet = "Name";
    private const string PathSet = "Path";
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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (TryRun(ParameterSetName == PathSet ? Path : Name, _ => Task.FromResult(Load()), out ClusterSpec? spec))
        {
            if (spec is null)
            {
                Fail(ErrorIds.NoCluster, ErrorCategory.ObjectNotFound, Name,
                    $"This user has no cluster '{Name}'. Get-RaftCluster -All lists those that exist.");
            }

            WriteObject(SessionTable.Open(spec));
        }
    }

    private ClusterSpec? Load()
    {
        if (ParameterSetName == PathSet)
        {
            string path = ResolveOutputPath(Path);
            return ClusterSpec.Load(Directory.Exists(path) ? System.IO.Path.Combine(path, FileName) : path);
        }

        string named = System.IO.Path.Combine(ClusterSpec.DefaultDirectory, Name, FileName);
        return File.Exists(named)
            ? ClusterSpec.Load(named)
            : LocalCluster.List().FirstOrDefault(cluster => string.Equals(cluster.Name, Name, StringComparison.OrdinalIgnoreCase));
    }
}
