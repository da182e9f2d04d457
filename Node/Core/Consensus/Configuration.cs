namespace RaftKv.Core.Consensus;

/// <summary>One server of the cluster.</summary>
/// <param name="Id">Who it is, forever: an id is never given again after its server was removed (M7).</param>
/// <param name="Address">Where its peers reach it; opaque to the core, and no part of its identity.</param>
/// <param name="IsVoter">Whether it counts for elections and commits; otherwise it is a learner that only receives entries (thesis 4.2.1).</param>
/// <param name="Incarnation">
/// The random number of its data directory, by which it is told from another that comes under the same id (P7); zero
/// where anyone who listed it did not know, as in lists written by hand.
/// </param>
public sealed record Member(NodeId Id, string Address, bool IsVoter, ulong Incarnation = 0);

/// <summary>
/// Who belongs to the cluster. A change is an entry of the log and holds from the moment it is appended, committed or
/// not (thesis 4.1); two configurations that follow each other differ in one voter at most, so that any majority of
/// the one shares a server with any majority of the other. Never changed after it was made.
/// </summary>
public sealed class Configuration : IEquatable<Configuration>
{
    /// <summary>A configuration of these servers.</summary>
    /// <param name="members">The servers; kept in order of their ids.</param>
    /// <param name="highestId">The highest id ever given; never below that of a member.</param>
    /// <exception cref="ArgumentException">An id occurs twice or lies above the highest one.</exception>
    public Configuration(IEnumerable<Member> members, NodeId highestId)
    {
        ArgumentNullException.ThrowIfNull(members);
        Members = [.. members.OrderBy(m => m.Id)];
        HighestId = highestId;
        for (var i = 0; i < Members.Count; i++)
        {
            if (Members[i].Id > highestId || Members[i].Id <= NodeId.None || (i > 0 && Members[i].Id == Members[i - 1].Id))
            {
                throw new ArgumentException(
                    $"Server {Members[i].Id} occurs twice or is not between 1 and the highest id {highestId}.", nameof(members));
            }
        }
    }

    /// <summary>The most servers of a cluster, learners included.</summary>
    public const int MaxMembers = 127;

    /// <summary>Voters as a start-up list names them; an address or an incarnation that is not given is empty.</summary>
    public static Configuration Of(
        IEnumerable<NodeId> voters, IReadOnlyDictionary<NodeId, string>? addresses = null, IReadOnlyDictionary<NodeId, ulong>? incarnations = null)
    {
        var members = voters
            .Select(v => new Member(v, addresses?.GetValueOrDefault(v) ?? "", IsVoter: true, incarnations?.GetValueOrDefault(v) ?? 0)).ToList();
        return new Configuration(members, members.Count == 0 ? NodeId.None : members.Max(m => m.Id));
    }

    /// <summary>All servers, by rising id.</summary>
    public IReadOnlyList<Member> Members { get; }

    /// <summary>The highest id ever given in this cluster, removed servers included.</summary>
    public NodeId HighestId { get; }

    /// <summary>How many servers vote.</summary>
    public int VoterCount => Members.Count(m => m.IsVoter);

    /// <summary>The server of an id, or null.</summary>
    public Member? Find(NodeId id) => Members.FirstOrDefault(m => m.Id == id);

    /// <summary>The same servers, reached at other addresses where some are given.</summary>
    public Configuration At(IReadOnlyDictionary<NodeId, string> addresses) =>
        new(Members.Select(m => m with { Address = addresses.GetValueOrDefault(m.Id) ?? m.Address }), HighestId);

    /// <inheritdoc/>
    public bool Equals(Configuration? other) =>
        other is not null && HighestId == other.HighestId && Members.SequenceEqual(other.Members);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Configuration);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(HighestId, Members.Count);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(' ', Members.Select(m => m.IsVoter ? $"{m.Id}" : $"({m.Id})"));
}

/// <summary>A configuration and where the log holds it.</summary>
/// <param name="Index">Its entry; zero for the one the cluster started with.</param>
/// <param name="Configuration">Who belongs to the cluster from there on.</param>
public readonly record struct PlacedConfiguration(LogIndex Index, Configuration Configuration);

/// <summary>
/// What a snapshot stands for: everything up to an entry, and the configuration that held there, which the log can no
/// longer tell once it is compacted (S3).
/// </summary>
/// <param name="Last">The last entry that the snapshot replaces.</param>
/// <param name="ConfigurationIndex">Where that configuration was appended; zero for the one the cluster started with.</param>
/// <param name="Configuration">The last configuration at or before <paramref name="Last"/>.</param>
public sealed record SnapshotMeta(EntryId Last, LogIndex ConfigurationIndex, Configuration Configuration);
