using System.Collections.Concurrent;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using RaftKv.Api.Clusters;

namespace RaftKv.Base;

/// <summary>
/// Which clusters a runspace knows and which is its current one. Each runspace has its own, so that two of them never
/// disturb each other; the connections behind are shared.
/// </summary>
internal static class SessionTable
{
    private static readonly ConditionalWeakTable<Runspace, RunspaceClusters> Runspaces = [];
    private static readonly ConcurrentDictionary<string, RaftCluster> Process = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The clusters of the runspace that this thread works for.</summary>
    public static RunspaceClusters Here =>
        Runspace.DefaultRunspace is { } runspace ? Runspaces.GetValue(runspace, _ => new RunspaceClusters()) : new RunspaceClusters();

    /// <summary>A cluster that any runspace of this process uses.</summary>
    public static RaftCluster? Find(string name) =>
        Process.Values.FirstOrDefault(cluster => string.Equals(cluster.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Makes a cluster known here and its runspace's current one. One already open in this process is shared.</summary>
    public static RaftCluster Open(ClusterSpec spec)
    {
        RaftCluster cluster = Process.GetOrAdd(spec.ClusterId, _ => RaftCluster.From(spec));
        bool knowsLess = spec.Agents.Count < cluster.Session.Spec.Agents.Count;
        bool isSame = cluster.Session.Spec.Servers.SequenceEqual(spec.Servers) && cluster.Session.Spec.Agents.SequenceEqual(spec.Agents);
        if (!knowsLess && !isSame)
        {
            // Another process has added or removed members since this one read the file, or stopped the cluster and
            // started it again with another agent. What endpoints alone tell does not replace what is known of the
            // agents, without which the cluster could not be stopped.
            cluster.Session.Use(spec);
        }

        Here.Use(cluster);
        return cluster;
    }

    /// <summary>Forgets a cluster in all of this process. Its connections are the caller's to close.</summary>
    public static void Forget(RaftCluster cluster)
    {
        Process.TryRemove(cluster.ClusterId, out _);
        foreach (KeyValuePair<Runspace, RunspaceClusters> runspace in Runspaces)
        {
            runspace.Value.Forget(cluster);
        }
    }
}

/// <summary>The clusters of one runspace.</summary>
internal sealed class RunspaceClusters
{
    private readonly Lock _gate = new();
    private readonly List<RaftCluster> _known = [];
    private RaftCluster? _current;

    /// <summary>All that were started or connected here, the oldest first.</summary>
    public IReadOnlyList<RaftCluster> Known
    {
        get
        {
            lock (_gate)
            {
                return [.. _known];
            }
        }
    }

    /// <summary>The last one started or connected; where that is gone, the only one left; else null.</summary>
    public RaftCluster? Current
    {
        get
        {
            lock (_gate)
            {
                return _current ?? (_known.Count == 1 ? _known[0] : null);
            }
        }
    }

    public void Use(RaftCluster cluster)
    {
        lock (_gate)
        {
            if (!_known.Contains(cluster))
            {
                _known.Add(cluster);
            }

            _current = cluster;
        }
    }

    public void Forget(RaftCluster cluster)
    {
        lock (_gate)
        {
            _known.Remove(cluster);
            if (ReferenceEquals(_current, cluster))
            {
                _current = null;
            }
        }
    }
}
