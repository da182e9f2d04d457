using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Views;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Cuts a cluster's network into groups that do not reach each other.</summary>
/// <remarks>
/// <para>A flat list is one group, a list of lists several. Servers that are in no group form one further group. Clients still reach every server. The partition replaces an earlier one, and Clear-RaftFault heals it. New-RaftPartition makes groups by plan.</para>
/// <para>A server that is unknown or in two groups is an error, and then nothing is changed.</para>
/// </remarks>
/// <example>
/// <code>Set-RaftPartition 1,2</code>
/// Cuts n1 and n2 off from the rest.
/// </example>
/// <example>
/// <code>Set-RaftPartition @(1,2),@(3,4),@(5)</code>
/// Makes three groups, none of which has a majority.
/// </example>
[Cmdlet(VerbsCommon.Set, "RaftPartition", SupportsShouldProcess = true)]
[OutputType(typeof(RaftConnectivity))]
public sealed class SetRaftPartitionCommand : ClusterCmdlet
{
    /// <summary>The groups, of ids, names or server objects.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [GroupTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServerCompleter))]
    public string[][] Group { get; set; } = [];

    /// <summary>Returns who reaches whom afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        IReadOnlyList<IReadOnlyList<int>> groups = Groups(cluster);
        string text = string.Join(" | ", groups.Select(group => string.Join(",", group)));
        if (!ShouldProcess($"Cluster '{cluster.Name}'", $"Cut the network into {text} and the rest"))
        {
            return;
        }

        if (!TryRun(cluster, token => cluster.Session.Client.Chaos.PartitionAsync(groups, token), out ChaosResult result))
        {
            return;
        }

        ChaosReport.Write(this, result, cluster);
        if (PassThru && TryRun(cluster, token => cluster.Session.Client.GetMatrixViewsAsync(token), out IReadOnlyList<MatrixView> matrices))
        {
            WriteObject(RaftConnectivity.From(matrices, cluster), true);
        }
    }

    private List<IReadOnlyList<int>> Groups(RaftCluster cluster)
    {
        List<string> faults = [];
        HashSet<int> seen = [];
        List<IReadOnlyList<int>> groups = [];
        foreach (string[] group in Group)
        {
            List<int> ids = [];
            foreach (string name in group)
            {
                IReadOnlyList<ServerSpec> servers = RaftServerReference.Select(name, cluster.Session.Spec.Servers);
                if (servers.Count == 0)
                {
                    faults.Add($"there is no server '{name}'");
                }

                faults.AddRange(servers.Where(server => !seen.Add(server.Id)).Select(server => $"{server.Name} is named twice"));
                ids.AddRange(servers.Select(server => server.Id));
            }

            groups.Add(ids);
        }

        if (faults.Count > 0)
        {
            Fail(ErrorIds.PartitionInvalid, ErrorCategory.InvalidArgument, Group,
                $"Nothing was changed: {string.Join("; ", faults)}. The servers are {Names(cluster)}.");
        }

        return groups;
    }
}
