using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv;

/// <summary>The base of cmdlets that work on a cluster and take it by name, as an object, or leave it to the session.</summary>
public abstract class ClusterCmdlet : RaftCmdlet
{
    /// <summary>
    /// <para>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</para>
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public virtual RaftClusterReference? Cluster { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RequireNoEmptyCluster();
    }

    /// <summary>The cluster that the command line means. Ends the cmdlet when there is none.</summary>
    internal RaftCluster TargetCluster()
    {
        RequireNoEmptyCluster();
        return Cluster is { } reference ? Find(reference) : Current();
    }

    /// <summary>A cluster by what an argument says. Ends the cmdlet when there is none.</summary>
    internal RaftCluster Find(RaftClusterReference reference)
    {
        RaftCluster? found = reference.Cluster
            ?? SessionTable.Here.Known.FirstOrDefault(cluster => string.Equals(cluster.Name, reference.Name, StringComparison.OrdinalIgnoreCase))
            ?? SessionTable.Find(reference.Name);
        if (found is null)
        {
            Fail(ErrorIds.NoCluster, ErrorCategory.ObjectNotFound, reference.Name, ClusterNames.Explain(reference.Name));
        }

        return found;
    }

    /// <summary>The servers that an argument means; one that does not exist becomes an error record.</summary>
    /// <param name="references">The argument; null for all servers of the cluster.</param>
    internal IReadOnlyList<ServerTarget> TargetServers(RaftServerReference[]? references)
    {
        if (references is null || references.Length == 0)
        {
            RaftCluster all = TargetCluster();
            return [.. all.Session.Spec.Servers.OrderBy(server => server.Id).Select(server => new ServerTarget(all, server.Id, server.Name))];
        }

        List<ServerTarget> targets = [];
        foreach (RaftServerReference reference in references)
        {
            RaftCluster cluster = reference.Cluster ?? TargetCluster();
            IReadOnlyList<ServerSpec> servers = RaftServerReference.Select(reference.Pattern, cluster.Session.Spec.Servers);
            if (servers.Count == 0 && !RaftServerReference.MayBeEmpty(reference.Pattern))
            {
                Report(ErrorIds.ServerNotFound, ErrorCategory.ObjectNotFound, reference.Pattern,
                    $"Cluster '{cluster.Name}' has no server '{reference.Pattern}'. Its servers are {Names(cluster)}.");
            }

            targets.AddRange(servers
                .Select(server => new ServerTarget(cluster, server.Id, server.Name))
                .Where(target => !targets.Contains(target)));
        }

        return targets;
    }

    /// <summary>Says that a key is not there, no matter who looked for it.</summary>
    internal void ReportMissingKey(string key, RaftCluster cluster) =>
        Report(ErrorIds.KeyNotFound, ErrorCategory.ObjectNotFound, key,
            $"Cluster '{cluster.Name}' has no key '{RaftText.Visible(key)}'. Keys are case-sensitive; Get-RaftValue -Prefix finds those that begin alike.");

    /// <summary>The bytes of a key, or null after an error record: a key that no bytes say exactly.</summary>
    internal byte[]? KeyBytes(string key)
    {
        try
        {
            return KeyText.ToBytes(key);
        }
        catch (FormatException e)
        {
            Report(ErrorIds.KeyInvalid, ErrorCategory.InvalidArgument, key, $"Key '{RaftText.Visible(key)}' is none. {e.Message}");
            return null;
        }
    }

    /// <summary>Says which keys of a measurement are still there.</summary>
    internal void WarnOfLeftKeys(string prefix)
    {
        if (prefix.Length > 0)
        {
            WriteWarning($"Not all keys of the measurement could be removed. Get-RaftValue -Prefix {prefix} | Remove-RaftValue removes the rest.");
        }
    }

    /// <summary>The names of a cluster's servers, for messages.</summary>
    internal static string Names(RaftCluster cluster) => string.Join(", ", cluster.Session.Spec.Servers.Select(server => server.Name));

    /// <summary>
    /// A variable that holds nothing names no cluster, and least of all the current one. A script block for the objects of the
    /// pipeline is not nothing, although it gives no cluster before the first of them.
    /// </summary>
    private void RequireNoEmptyCluster()
    {
        if (Cluster is null && MyInvocation.BoundParameters.TryGetValue(nameof(Cluster), out object? given) && given is null)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, null,
                "-Cluster was given and holds nothing ($null). Nothing was done. Leave it out for the current cluster.");
        }
    }

    private RaftCluster Current()
    {
        RunspaceClusters here = SessionTable.Here;
        if (here.Current is { } current)
        {
            return current;
        }

        if (here.Known.Count > 1)
        {
            Fail(ErrorIds.ClusterAmbiguous, ErrorCategory.InvalidArgument, null,
                $"{KnownClusters()} None of them is the current one: choose with -Cluster.");
        }

        Fail(ErrorIds.NoCluster, ErrorCategory.ObjectNotFound, null,
            "This session has no cluster. Start one with Start-RaftCluster, or connect to one with Connect-RaftCluster.");
        return null!;
    }

    private static string KnownClusters()
    {
        IReadOnlyList<RaftCluster> known = SessionTable.Here.Known;
        return known.Count == 0 ? "It knows none." : $"It knows {string.Join(", ", known.Select(cluster => cluster.Name))}.";
    }
}
