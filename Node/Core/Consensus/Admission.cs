namespace RaftKv.Core.Consensus;

/// <summary>What becomes of someone who speaks as a server.</summary>
public enum AdmissionKind
{
    /// <summary>It is listened to and spoken to.</summary>
    Admitted = 0,

    /// <summary>The same, once its incarnation is recorded durably: the list does not say which it is, and this is the first meeting.</summary>
    AdmittedOnceRecorded = 1,

    /// <summary>A committed change has removed that server for good.</summary>
    Removed = 2,

    /// <summary>It comes with another data directory than the server is known by.</summary>
    Replaced = 3,
}

/// <summary>
/// Whether an incarnation may speak as a server: the one rule that keeps a server whose disk was lost or replaced from
/// voting and acknowledging under its old id, where it would count for what it no longer holds (P7). Asked at both
/// ends of every stream, and again for what comes on it whenever the membership has changed.
/// </summary>
/// <remarks>
/// A server counts only where it is listed, so anyone who counts it has its listed incarnation to compare with. Where a
/// list does not say (one written by hand), the first meeting is recorded. One whose addition may yet be lost with its
/// entry counts nowhere, and its id may then be given to another: it is let in like a server that is in no list, and leaves
/// no trace. That one may have joined by a change that has not come here yet, and where the change failed, its id must stay free.
/// </remarks>
/// <param name="Kind">What becomes of it.</param>
/// <param name="Refusal">When it is refused: why, and the way out.</param>
public readonly record struct Admission(AdmissionKind Kind, string Refusal)
{
    /// <summary>Whether it is refused.</summary>
    public bool IsRefused => Kind is AdmissionKind.Removed or AdmissionKind.Replaced;

    /// <summary>Decides.</summary>
    /// <param name="server">Who it says that it is.</param>
    /// <param name="incarnation">That of its data directory.</param>
    /// <param name="inForce">The configuration in force.</param>
    /// <param name="committed">The last configuration that is known to be committed; the one in force, or an earlier one.</param>
    /// <param name="met">The incarnations of servers that were recorded at first meetings.</param>
    public static Admission Of(
        NodeId server, ulong incarnation, PlacedConfiguration inForce, PlacedConfiguration committed, IReadOnlyDictionary<NodeId, ulong> met)
    {
        ArgumentNullException.ThrowIfNull(met);
        if (IsRemoved(server, committed))
        {
            return new Admission(AdmissionKind.Removed,
                $"{server} was removed from this cluster for good: stop it. It can come back with an empty data directory and a new id.");
        }

        if (KnownMember(server, inForce, committed) is not { } member)
        {
            return new Admission(AdmissionKind.Admitted, "");
        }

        var known = member.Incarnation != 0 ? member.Incarnation : met.GetValueOrDefault(server);
        if (known == 0)
        {
            return new Admission(AdmissionKind.AdmittedOnceRecorded, "");
        }

        return known == incarnation ? new Admission(AdmissionKind.Admitted, "") : new Admission(AdmissionKind.Replaced,
            $"Server {server} comes with incarnation {incarnation:x16}, but the cluster knows it with {known:x16}: its data directory was "
            + $"replaced, and what it had acknowledged may be gone. Give it back its directory, or remove {server} from the cluster and "
            + "add a server with an empty data directory under a new id.");
    }

    /// <summary>
    /// What is certain of a server. Its addition may yet be lost with its entry, and another one be added under its id: that
    /// one must be heard, because it may come to lead, and only a leader replaces the entry. A voter's addition is
    /// committed, for it was promoted after that.
    /// </summary>
    private static Member? KnownMember(NodeId server, PlacedConfiguration inForce, PlacedConfiguration committed) =>
        committed.Configuration.Find(server) ?? (inForce.Configuration.Find(server) is { IsVoter: true } voter ? voter : null);

    /// <summary>Whether a committed change has removed a server. Its id is never given again (M7).</summary>
    public static bool IsRemoved(NodeId server, PlacedConfiguration committed) =>
        committed.Index > LogIndex.Zero && server <= committed.Configuration.HighestId && committed.Configuration.Find(server) is null;
}
