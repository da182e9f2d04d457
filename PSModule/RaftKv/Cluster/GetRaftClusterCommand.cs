using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Arguments;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Gets the clusters that this session has started or connected to.</summary>
/// <remarks>
/// <para>With -All it gets every cluster of this user, also those that other sessions started, stopped ones whose data was kept, and temporary ones that lost their agent and left data. State says which it is: Running, Stopped, or Unknown where its processes cannot be seen from here (another machine, another container, before a reboot). To work with a running one, connect to it first; Start-RaftCluster starts a stopped one again by its name, and Remove-RaftCluster deletes it.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftCluster</code>
/// Shows the clusters of this session.
/// </example>
/// <example>
/// <code>Get-RaftCluster -All | Where-Object State -eq Stopped</code>
/// Finds the clusters of this user that are stopped and whose data was kept.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftCluster")]
[OutputType(typeof(RaftCluster))]
public sealed class GetRaftClusterCommand : RaftCmdlet
{
    /// <summary>Names, with wildcards. Without it, all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Every cluster of this user, running or stopped, not only those of this session.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        List<RaftCluster> clusters = [.. SessionTable.Here.Known];
        List<string> unreadable = [];
        if (All && TryRun(null, _ => Task.FromResult(LocalCluster.List(fault => unreadable.Add(fault.Message))), out IReadOnlyList<ClusterSpec> specs))
        {
            unreadable.ForEach(fault => WriteWarning(RaftText.Message($"A cluster is not listed. {fault} Mend the file, or delete it where its cluster is not needed.")));
            HashSet<(string, string)> known = [.. clusters.Select(cluster => (cluster.ClusterId, cluster.Name))];
            clusters.AddRange(specs.Where(spec => known.Add((spec.ClusterId, spec.Name))).Select(RaftCluster.From)
                .Where(cluster => cluster.State != RaftClusterState.Stopped || !cluster.DataIsTemporary || LocalCluster.IsLost(cluster.Session.Spec)));
            WarnOfCutOff();
        }

        foreach (string name in Name)
        {
            NamePattern pattern = new(name);
            List<RaftCluster> found = [.. clusters.Where(cluster => pattern.IsMatch(cluster.Name))];
            if (found.Count == 0 && !pattern.MayBeEmpty)
            {
                Report(ErrorIds.NoCluster, ErrorCategory.ObjectNotFound, name,
                    $"There is no cluster '{name}'{(All ? "" : " in this session; with -All other sessions' are looked at too")}.");
            }

            WriteObject(found, true);
        }
    }

    /// <summary>What a killed session left of a start is no cluster, and must not go unseen.</summary>
    private void WarnOfCutOff()
    {
        if (TryRun(null, CutOffLaunch.ListAsync, out IReadOnlyList<string> cutOff))
        {
            foreach (string name in cutOff)
            {
                WriteWarning($"A start of cluster '{name}' was cut off before it was done. The next start removes what it left, or Remove-RaftCluster {name} does.");
            }
        }
    }
}
