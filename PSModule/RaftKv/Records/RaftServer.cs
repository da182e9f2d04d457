using RaftKv.Api.Clients;
using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>What a server is to its cluster.</summary>
public enum RaftRole
{
    /// <summary>It did not answer.</summary>
    Unknown,

    /// <summary>It follows a leader, or waits for one.</summary>
    Follower,

    /// <summary>It asks whether a candidacy would be heard.</summary>
    PreCandidate,

    /// <summary>It asks for votes.</summary>
    Candidate,

    /// <summary>It claims to lead.</summary>
    Leader,
}

/// <summary>One server of a cluster at the moment it was asked.</summary>
public sealed class RaftServer
{
    /// <summary>Its id, from 1.</summary>
    public int Id { get; init; }

    /// <summary>Its id again, under the name of the parameter that takes it.</summary>
    public int Server => Id;

    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its role.</summary>
    public RaftRole Role { get; init; }

    /// <summary>Voter, Learner, or Removed; empty when no server said.</summary>
    public string Membership { get; init; } = "";

    /// <summary>Its term.</summary>
    public long Term { get; init; }

    /// <summary>The last index it knows to be committed.</summary>
    public long CommitIndex { get; init; }

    /// <summary>What is wrong with it: stopped, paused, muted, removed, unreachable, halted, or that it waits for room on its disk; empty when nothing.</summary>
    public string Fault { get; init; } = "";

    /// <summary>The partitions and bad links that it has in force, in words, as seen from it; empty when its network is whole or nothing is known.</summary>
    public string Network { get; init; } = "";

    /// <summary>What is wrong with it and with its network, for the table.</summary>
    public string ShownFault => string.Join("; ", new[] { Fault, Network }.Where(text => text.Length > 0));

    /// <summary>Where it listens.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The leader it follows; 0 when it knows none.</summary>
    public int LeaderId { get; init; }

    /// <summary>The last index applied to its state.</summary>
    public long AppliedIndex { get; init; }

    /// <summary>The last index of its log.</summary>
    public long LastIndex { get; init; }

    /// <summary>The last index on its disk.</summary>
    public long DurableIndex { get; init; }

    /// <summary>The last index in its newest snapshot; 0 when it has none.</summary>
    public long SnapshotIndex { get; init; }

    /// <summary>The first index that its log still holds or will hold.</summary>
    public long FirstIndex { get; init; }

    /// <summary>How many keys it holds.</summary>
    public long KeyCount { get; init; }

    /// <summary>The hash of its state at <see cref="AppliedIndex"/>, in 16 hexadecimal digits.</summary>
    public string StateHash { get; init; } = "";

    /// <summary>Its process, or 0.</summary>
    public int ProcessId { get; init; }

    /// <summary>Created, Starting, Running, Paused or Exited as its agent says; empty when no one looks after it.</summary>
    public string ProcessState { get; init; } = "";

    /// <summary>When its process started.</summary>
    public DateTime? StartedUtc { get; init; }

    /// <summary>Its build.</summary>
    public string Build { get; init; } = "";

    /// <summary>Where its data lies.</summary>
    public string DataPath { get; init; } = "";

    /// <summary>Its text log.</summary>
    public string LogPath { get; init; } = "";

    /// <summary>Why it halted, in words; empty when it did not.</summary>
    public string HaltMessage { get; init; } = "";

    /// <summary>The peers it is connected to.</summary>
    public IReadOnlyList<int> ConnectedPeer { get; init; } = [];

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal static RaftServer From(ServerView view, RaftCluster cluster, string network = "") => new()
    {
        Id = view.Id,
        Name = view.Name,
        Role = Enum.TryParse(view.Role, out RaftRole role) ? role : RaftRole.Unknown,
        Membership = view.Membership,
        Term = view.Term,
        CommitIndex = view.CommitIndex,
        Fault = FaultOf(view),
        Network = network,
        Endpoint = view.Endpoint,
        LeaderId = view.LeaderId,
        AppliedIndex = view.AppliedIndex,
        LastIndex = view.LastIndex,
        DurableIndex = view.DurableIndex,
        SnapshotIndex = view.SnapshotIndex,
        FirstIndex = view.FirstIndex,
        KeyCount = view.KeyCount,
        StateHash = view.Answered ? view.StateHash.ToString("x16") : "",
        ProcessId = view.ProcessId,
        ProcessState = view.ProcessState,
        StartedUtc = view.StartedUtc?.UtcDateTime,
        Build = view.Build,
        DataPath = view.DataPath,
        LogPath = view.LogPath,
        HaltMessage = view.HaltMessage,
        ConnectedPeer = view.ConnectedPeers.ToArray(),
        Cluster = cluster,
    };

    /// <summary>Looks at servers and at the faults of their network at the same time.</summary>
    internal static async Task<IReadOnlyList<RaftServer>> LookAsync(RaftCluster cluster, IReadOnlySet<int> ids, CancellationToken cancellationToken)
    {
        Task<IReadOnlyDictionary<int, string>> reading = NetworkFaults.ReadAsync(cluster, cancellationToken);
        IReadOnlyList<ServerView> views = await cluster.Session.Client.GetServerViewsAsync(cancellationToken);
        IReadOnlyDictionary<int, string> network = await reading;
        return [.. views.Where(view => ids.Contains(view.Id)).Select(view => From(view, cluster, network.GetValueOrDefault(view.Id, "")))];
    }

    internal static string FaultOf(ServerView view) => view switch
    {
        { HaltCode.Length: > 0 } => "halted: " + view.HaltCode,
        { Answered: true, Muted: true } => "muted",
        { Answered: true, Removed: true } => "removed",
        { Answered: true } => view.Waiting,
        { ProcessState: "Exited" or "Created" } => "stopped",
        { ProcessState: "Paused" } => "paused",
        { ProcessState: "Starting" } => "starting",
        _ => "unreachable",
    };
}
