namespace RaftKv.Api.Views;

/// <summary>
/// One server as people look at it: what it says of itself joined with what its agent says of its process. Holds no
/// wire type, so that callers need no reference to the wire format's library.
/// </summary>
public sealed record ServerView
{
    /// <summary>Its id.</summary>
    public required int Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where it listens.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Whether it answered; where not, the consensus numbers are 0.</summary>
    public bool Answered { get; init; }

    /// <summary>Follower, PreCandidate, Candidate or Leader; empty when it did not answer.</summary>
    public string Role { get; init; } = "";

    /// <summary>Its term.</summary>
    public long Term { get; init; }

    /// <summary>The leader it follows; 0 when it knows none.</summary>
    public int LeaderId { get; init; }

    /// <summary>The last index it knows to be committed.</summary>
    public long CommitIndex { get; init; }

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

    /// <summary>The hash of its state at <see cref="AppliedIndex"/>.</summary>
    public ulong StateHash { get; init; }

    /// <summary>The store's revision at <see cref="AppliedIndex"/>.</summary>
    public long Revision { get; init; }

    /// <summary>Its process, or 0.</summary>
    public int ProcessId { get; init; }

    /// <summary>When its process started.</summary>
    public DateTimeOffset? StartedUtc { get; init; }

    /// <summary>Its build.</summary>
    public string Build { get; init; } = "";

    /// <summary>Where its data lies.</summary>
    public string DataPath { get; init; } = "";

    /// <summary>Its text log.</summary>
    public string LogPath { get; init; } = "";

    /// <summary>Why it halted by itself, or empty.</summary>
    public string HaltCode { get; init; } = "";

    /// <summary>The halt in words, or empty.</summary>
    public string HaltMessage { get; init; } = "";

    /// <summary>Whether it drops all peer and client messages.</summary>
    public bool Muted { get; init; }

    /// <summary>Whether its peers refuse it, because it was removed from the cluster for good.</summary>
    public bool Removed { get; init; }

    /// <summary>What its log waits for, as in "waits for room on the disk of /data/n1"; empty while it waits for nothing.</summary>
    public string Waiting { get; init; } = "";

    /// <summary>Created, Starting, Running, Paused or Exited as its agent says; empty when no one looks after it.</summary>
    public string ProcessState { get; init; } = "";

    /// <summary>Voter or Learner as the cluster's newest known membership says, Removed when that does not name it; empty when no one answered.</summary>
    public string Membership { get; init; } = "";

    /// <summary>The peers it is connected to.</summary>
    public IReadOnlyList<int> ConnectedPeers { get; init; } = [];
}
