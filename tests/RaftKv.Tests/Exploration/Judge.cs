using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// Looks at every step: one leader a term, log matching, leaders that hold all that is committed, one history of
/// committed entries that a majority has on disk, reads that are never stale, and proposals that happen at most once.
/// </summary>
internal sealed class Judge(Bounds bounds, Interned interned)
{
    /// <summary>Takes note of what a move at a server showed; returns what is broken, or null.</summary>
    /// <param name="state">The cluster after the move.</param>
    /// <param name="at">The server, from zero.</param>
    /// <param name="outcome">What the move did.</param>
    public string? Look(ClusterState state, int at, Outcome outcome)
    {
        if (outcome.Violation is { } violation)
        {
            return violation;
        }

        var counted = default(Seen);
        foreach (var seen in outcome.Seen)
        {
            counted = seen.IsOwnCount ? seen : counted;
            var broken = seen.Sight switch
            {
                Sight.Leads => Leads(state, at, seen, outcome.Next),
                Sight.Commits => Commits(state, at, seen),
                Sight.CommitsBySnapshot => IsInHistory(state, (int)seen.A, seen.B, null) ? null : $"n{at + 1} takes a snapshot up to {seen.A}@{seen.B}, which is not committed",
                Sight.Acknowledges => Acknowledges(state, at, seen),
                Sight.Refuses => Refuses(state, at, seen),
                Sight.Serves => Serves(state, at, seen),
                _ => Drops(state, seen),
            };
            if (broken is not null)
            {
                return broken;
            }
        }

        if (outcome.Next.Server.Raft is { Role: Role.Leader } counting && counting.Peers.Any(p => p.AnsweredRound > counting.Round))
        {
            return $"n{at + 1} counts an answer to a round that it has not sent in term {counting.Term}";
        }

        if (outcome.Next.Server.Raft is { Role: Role.Leader } leader && HoldsLease(leader) && state.Leaders[(int)(leader.Term.Value + 1)..].ContainsAnyExcept((byte)0))
        {
            return $"n{at + 1} holds a lease of term {leader.Term} when a later term has a leader";
        }

        // Older entries commit with one of the leader's own term, never by themselves (thesis 3.6.2).
        return counted.B == counted.Term ? LogsMatch(state, at, outcome.Next)
            : $"n{at + 1} commits up to {counted.A}@{counted.B} by counting, in term {counted.Term}";
    }

    private string? Leads(ClusterState state, int at, Seen seen, InternedServer server)
    {
        ref var leader = ref state.Leaders[(int)seen.A];
        if (leader != 0 && leader != at + 1)
        {
            return $"term {seen.A} is led by n{at + 1} and was led by n{leader}";
        }

        leader = (byte)(at + 1);
        if (LeaseBefore(state, seen.A) is { } held)
        {
            return $"n{at + 1} is elected in term {seen.A} while n{held + 1} holds a lease of an older term";
        }

        for (var i = 0; i < state.Committed; i++)
        {
            if (state.CommitTerms[i] < seen.A && !Holds(server, i + 1, state.EntryTerms[i], state.Values[i]))
            {
                return $"n{at + 1} leads term {seen.A} without entry {i + 1}@{state.EntryTerms[i]}, committed in term {state.CommitTerms[i]}";
            }
        }

        return null;
    }

    private string? Commits(ClusterState state, int at, Seen seen)
    {
        var index = (int)seen.A;
        if (index <= state.Committed)
        {
            return IsInHistory(state, index, seen.B, seen.C) ? null
                : $"n{at + 1} commits entry {index}@{seen.B}, but {index}@{state.EntryTerms[index - 1]} is committed";
        }

        if (!seen.IsOwnCount)
        {
            return $"n{at + 1} takes entry {index}@{seen.B} for committed before any leader did";
        }

        if (IsCommand(seen.C) && state.Values.AsSpan(0, state.Committed).Contains(seen.C))
        {
            return $"proposal {seen.C} is committed a second time, at {index}";
        }

        if (IsCommand(seen.C) && (state.Refused & (1 << seen.C)) != 0)
        {
            return $"proposal {seen.C} was refused and is committed at {index}";
        }

        (state.EntryTerms[index - 1], state.CommitTerms[index - 1], state.Values[index - 1]) = ((byte)seen.B, (byte)seen.Term, seen.C);
        state.Committed = (byte)index;
        return LaterLeaderLacks(state, seen) ?? IsOnMajority(state, at, index, seen.B);
    }

    /// <summary>Leader completeness, looked at from the other end: an entry that is committed late is in the logs of those who lead later terms already.</summary>
    private string? LaterLeaderLacks(ClusterState state, Seen seen)
    {
        foreach (var number in state.Servers)
        {
            var server = interned.Server(number);
            if (server.Server.Raft is { Role: Role.Leader } later && later.Term.Value > seen.Term && !Holds(server, (int)seen.A, (int)seen.B, seen.C))
            {
                return $"entry {seen.A}@{seen.B} is committed in term {seen.Term}, and {later.Id} leads term {later.Term} without it";
            }
        }

        return null;
    }

    /// <summary>Who holds a lease of an older term than one in which another is elected just now, or null.</summary>
    private int? LeaseBefore(ClusterState state, long term)
    {
        for (var i = 0; i < state.Servers.Length; i++)
        {
            if (interned.Server(state.Servers[i]).Server.Raft is { Role: Role.Leader } older && older.Term.Value < term && HoldsLease(older))
            {
                return i;
            }
        }

        return null;
    }

    private static bool HoldsLease(Raft leader) => leader.LeaseEnd > CoreServer.Now;

    private string? IsOnMajority(ClusterState state, int at, int index, long term)
    {
        var leader = interned.Server(state.Servers[at]).Server.Raft!;
        var configuration = leader.Configuration;
        var holders = 0;
        foreach (var member in configuration.Members)
        {
            var server = interned.Server(state.Servers[member.Id.Value - 1]).Server;
            holders += member.IsVoter && (server.Disk.Holds(new EntryId(new Term(term), new LogIndex(index))) || MayHaveHeld(server, leader)) ? 1 : 0;
        }

        return holders > configuration.VoterCount / 2 ? null
            : $"n{at + 1} commits entry {index}@{term}, which {holders} of {configuration.VoterCount} voters have on disk";
    }

    /// <summary>Where disks are rolled back: whether a leader may count what a server held before, because it has not heard of its new start.</summary>
    private bool MayHaveHeld(CoreServer server, Raft leader) => bounds.Copies > 0 && server.Id != leader.Id
        && (server.Raft is not { } raft || leader.Peers.FirstOrDefault(p => p.Id == server.Id)?.Run != raft.Run);

    private static string? Acknowledges(ClusterState state, int at, Seen seen)
    {
        if (!IsInHistory(state, (int)seen.A, seen.B, seen.C))
        {
            return $"n{at + 1} answers proposal {seen.C}, which is not committed at {seen.A}@{seen.B}";
        }

        state.Acknowledged = (byte)Math.Max(state.Acknowledged, seen.A);
        return null;
    }

    private static string? Refuses(ClusterState state, int at, Seen seen)
    {
        state.Refused |= (byte)(1 << (int)seen.A);
        return state.Values.AsSpan(0, state.Committed).Contains((int)seen.A)
            ? $"n{at + 1} refuses proposal {seen.A}, which is committed" : null;
    }

    /// <summary>A read must see what was acknowledged, and what another read had shown, before it was asked for.</summary>
    private static string? Serves(ClusterState state, int at, Seen seen)
    {
        var needs = state.ReadNeeds[(int)seen.A];
        Drops(state, seen);
        state.Shown = (byte)Math.Max(state.Shown, seen.B);
        return seen.B >= needs ? null : $"n{at + 1} serves a read at {seen.B}, where {needs} was acknowledged or shown before";
    }

    private static string? Drops(ClusterState state, Seen seen)
    {
        (state.ReadServers[(int)seen.A], state.ReadNeeds[(int)seen.A]) = (0, 0);
        return null;
    }

    private string? LogsMatch(ClusterState state, int at, InternedServer server)
    {
        for (var i = 0; i < state.Servers.Length; i++)
        {
            if (i != at && !Match(server.Log, interned.Server(state.Servers[i]).Log))
            {
                return $"the logs of n{at + 1} and n{i + 1} hold the same entry and differ before it or in it";
            }
        }

        return null;
    }

    /// <summary>Two logs with an entry of the same index and term are equal up to it (thesis 3.6.2).</summary>
    private static bool Match(LogEntry[] a, LogEntry[] b)
    {
        if (a.Length == 0 || b.Length == 0)
        {
            return true;
        }

        var first = Math.Max(a[0].Id.Index.Value, b[0].Id.Index.Value);
        var mustMatch = false;
        for (var index = Math.Min(a[^1].Id.Index.Value, b[^1].Id.Index.Value); index >= first; index--)
        {
            var (x, y) = (a[(int)(index - a[0].Id.Index.Value)], b[(int)(index - b[0].Id.Index.Value)]);
            mustMatch |= x.Id == y.Id;
            if (mustMatch && (x.Id != y.Id || x.Kind != y.Kind || !x.Payload.Span.SequenceEqual(y.Payload.Span)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Holds(InternedServer server, int index, int term, int value)
    {
        foreach (var entry in server.Log)
        {
            if (entry.Id.Index.Value == index)
            {
                return entry.Id.Term.Value == term && DiskImage.ValueOf(entry) == value;
            }
        }

        return server.Server.Raft is { } raft && raft.Log.Compacted.Index.Value >= index;
    }

    private static bool IsInHistory(ClusterState state, int index, long term, int? value) =>
        index <= state.Committed && state.EntryTerms[index - 1] == term && (value is null || state.Values[index - 1] == value);

    private static bool IsCommand(int value) => value > 0;
}
