using System.Runtime.CompilerServices;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>Sets a core's election timer and its chance, so that states that differ in nothing else are equal.</summary>
internal static class Timers
{
    /// <summary>A timer that runs out in the next turn, and has not yet.</summary>
    internal static readonly Instant JustDue = new(CoreServer.Now.Microseconds + 1);

    /// <summary>Whether the election timer may run out now; a server may be slow to notice.</summary>
    internal static bool IsElectionDue(CoreServer server, bool isTimed) =>
        server.Raft is { Halted: null, Role: not Role.Leader } raft
        && (isTimed ? raft.ElectionDeadline <= CoreServer.Now : raft.ElectionDeadline != Instant.Never);

    /// <summary>Whether something else is due.</summary>
    internal static bool IsOtherDue(CoreServer server)
    {
        if (server.Raft is not { Halted: null } raft)
        {
            return false;
        }

        var deadline = raft.ElectionDeadline;
        Put(raft, JustDue, onlyIfDue: true);
        var isDue = raft.NextDeadline <= CoreServer.Now;
        DeadlineOf(raft) = deadline;
        return isDue;
    }

    /// <summary>
    /// Chance is the same in every state, so that it makes no two of them differ: a timer is as short as it can be, and
    /// runs out whenever the search likes after that.
    /// </summary>
    internal static void Settle(CoreServer server, bool isTimed)
    {
        if (server.Raft is not { } raft)
        {
            return;
        }

        PrngOf(raft) = new Prng(1);
        ref var deadline = ref DeadlineOf(raft);
        var shortest = CoreServer.Now + (Bounds.TickTime * 2);
        deadline = deadline == Instant.Never ? Instant.Never
            : !isTimed || deadline > shortest ? shortest
            : deadline == JustDue ? CoreServer.Now
            : deadline;
    }

    internal static void Put(Raft raft, Instant deadline, bool onlyIfDue)
    {
        if (!onlyIfDue || raft.ElectionDeadline <= CoreServer.Now)
        {
            DeadlineOf(raft) = deadline;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_prng")]
    private static extern ref Prng PrngOf(Raft raft);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<ElectionDeadline>k__BackingField")]
    private static extern ref Instant DeadlineOf(Raft raft);
}
