using System.Collections;
using System.Reflection;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Base;

namespace RaftKv;

/// <summary>Whether a cluster runs, as far as can be seen from this session.</summary>
public enum RaftClusterState
{
    /// <summary>Its agent runs.</summary>
    Running = 0,

    /// <summary>Its agent has ended.</summary>
    Stopped = 1,

    /// <summary>Its processes cannot be seen from here: they were started on another machine, in another container or before a reboot, or by agents that were given.</summary>
    Unknown = 2,
}

/// <summary>A cluster that this process has started or is connected to.</summary>
public sealed class RaftCluster
{
    private RaftCluster(ClusterSession session) => Session = session;

    /// <summary>What people call it.</summary>
    public string Name => Session.Spec.Name;

    /// <summary>Its id, which goes with every request.</summary>
    public string ClusterId => Session.Spec.ClusterId;

    /// <summary>Whether it runs, looked up at each reading.</summary>
    public RaftClusterState State => LocalCluster.StateOf(Session.Spec) switch
    {
        AgentState.Running => RaftClusterState.Running,
        AgentState.Ended => RaftClusterState.Stopped,
        _ => RaftClusterState.Unknown,
    };

    /// <summary>How many servers it has.</summary>
    public int ServerCount => Session.Spec.Servers.Count;

    /// <summary>The preset it was started with.</summary>
    public string Preset => Session.Spec.Preset;

    /// <summary>Whether its network can be broken on purpose.</summary>
    public bool Chaos => Session.Spec.ChaosToken is not null;

    /// <summary>Where its servers listen, by rising id.</summary>
    /// <remarks>An array, here and in other records: PowerShell takes what a collection expression makes for one thing and gives all of it for <c>[0]</c>.</remarks>
    public IReadOnlyList<Uri> Endpoint => Session.Spec.Servers.Select(server => server.Endpoint).ToArray();

    /// <summary>Where its data lies, if known.</summary>
    public string? DataPath => Session.Spec.DataPath;

    /// <summary>Whether stopping it deletes its data.</summary>
    public bool DataIsTemporary => Session.Spec.DataIsTemporary;

    /// <summary>The cluster file, with which another session can connect.</summary>
    public string? Path => Session.Spec.Path;

    /// <summary>When it was made.</summary>
    public DateTime CreatedUtc => Session.Spec.CreatedUtc.UtcDateTime;

    /// <summary>The options in force, by name.</summary>
    public IDictionary Option
    {
        get
        {
            SortedDictionary<string, object?> values = new(StringComparer.OrdinalIgnoreCase);
            foreach (PropertyInfo property in typeof(ServerOptions).GetProperties(BindingFlags.Instance | BindingFlags.Public))
            {
                values[property.Name] = property.GetValue(Session.Spec.Options);
            }

            return values;
        }
    }

    /// <summary>The connections behind it.</summary>
    internal ClusterSession Session { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal static RaftCluster From(ClusterSpec spec) => new(new ClusterSession(spec));
}
