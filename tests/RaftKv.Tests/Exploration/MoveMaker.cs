using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>What a move came to.</summary>
/// <param name="Broken">What is broken, or null.</param>
/// <param name="CanBeSlow">Whether the same move with a slow save is another one.</param>
/// <param name="IsBeyondPromise">
/// Whether a server went on, and said so, with more failures around it than a majority survives: what follows is not promised.
/// </param>
internal readonly record struct Step(string? Broken, bool CanBeSlow, bool IsBeyondPromise);

/// <summary>Says which moves a cluster can make, and makes them.</summary>
internal sealed partial class MoveMaker(Bounds bounds, Interned interned, Judge judge)
{
    /// <summary>All moves within the bounds that could change anything.</summary>
    public void List(ClusterState state, List<Move> moves)
    {
        moves.Clear();
        for (var i = 0; i < state.MessageCount; i++)
        {
            var message = interned.Message(state.Messages[i]);
            if (interned.Server(state.Servers[message.To]).IsUp)
            {
                moves.Add(new Move(MoveKind.Deliver, message.To, message.Number));
                AddIf(state, Budget.Repeats, moves, new Move(MoveKind.Repeat, message.To, message.Number));
            }
        }

        for (var i = 0; i < bounds.Servers; i++)
        {
            var server = interned.Server(state.Servers[i]);
            if (server.IsUp)
            {
                ListRunning(state, i, server, moves);
            }
            else if (!server.Server.IsHalted)
            {
                moves.Add(new Move(MoveKind.Start, i));
                if (server.Server.Kept is not null)
                {
                    moves.Add(new Move(MoveKind.StartRolledBack, i));
                }
            }
        }

        AddIf(state, Budget.Ticks, moves, new Move(MoveKind.Tick, 0));
        AddIf(state, Budget.Leaps, moves, new Move(MoveKind.Leap, 0));
    }

    private void ListRunning(ClusterState state, int i, InternedServer server, List<Move> moves)
    {
        if (server.IsElectionDue && server.Term < bounds.Terms)
        {
            AddIf(state, Budget.Timeouts, moves, new Move(MoveKind.Timeout, i));
        }

        if (server.IsOtherDue)
        {
            moves.Add(new Move(MoveKind.Wake, i));
        }

        if (server.Server.Saves.Count > 0)
        {
            moves.Add(new Move(MoveKind.Save, i));
        }

        if (bounds.FollowerReads || server.Role == Role.Leader)
        {
            AddIf(state, Budget.Reads, moves, new Move(MoveKind.Read, i, NextRead(state)));
        }

        if (bounds.IsFaulty(i))
        {
            AddIf(state, Budget.Crashes, moves, new Move(MoveKind.Crash, i));
        }

        if (bounds.IsFaulty(i) && server.Server.Kept is null)
        {
            AddIf(state, Budget.Copies, moves, new Move(MoveKind.KeepDisk, i));
        }

        if (server.Server.Raft is { } raft && raft.AppliedIndex > (server.Server.Disk.Snapshot?.Last.Index ?? LogIndex.Zero))
        {
            AddIf(state, Budget.Snapshots, moves, new Move(MoveKind.Snapshot, i));
        }

        if (server.Role == Role.Leader)
        {
            ListLeading(state, i, moves);
        }
    }

    private void ListLeading(ClusterState state, int i, List<Move> moves)
    {
        AddIf(state, Budget.Proposals, moves, new Move(MoveKind.Propose, i, state.Used[(int)Budget.Proposals] + 1));
        AddIf(state, Budget.LeaseReads, moves, new Move(MoveKind.LeaseRead, i, NextRead(state)));
        for (var other = 0; other < bounds.Servers; other++)
        {
            if (other != i)
            {
                AddIf(state, Budget.Transfers, moves, new Move(MoveKind.Transfer, i, other));
            }

            AddIf(state, Budget.Changes, moves, new Move(MoveKind.Remove, i, other));
            if (other >= bounds.Voters)
            {
                AddIf(state, Budget.Changes, moves, new Move(MoveKind.Add, i, other));
                AddIf(state, Budget.Changes, moves, new Move(MoveKind.Promote, i, other));
            }
        }
    }

    /// <summary>Makes a move; the first state stays as it is.</summary>
    /// <param name="from">The cluster before.</param>
    /// <param name="move">One of the moves that were listed, or its slow twin.</param>
    /// <param name="to">The cluster after.</param>
    /// <param name="worker">The thread's own things.</param>
    public Step Make(ClusterState from, Move move, ClusterState to, Worker worker)
    {
        from.CopyTo(to);
        if (BudgetOf(move.Kind) is { } budget)
        {
            to.Used[(int)budget]++;
        }

        if (move.Kind is MoveKind.Tick or MoveKind.Leap)
        {
            for (var i = 0; i < bounds.Servers; i++)
            {
                to.Servers[i] = interned.After(interned.Server(from.Servers[i]), move with { Server = 0 }, worker).Next.Number;
            }

            return default;
        }

        if (move.IsSlow)
        {
            to.Used[(int)Budget.SlowSaves]++;
        }

        if (move.Kind == MoveKind.Deliver)
        {
            to.Remove(move.Argument);
        }

        if (move.Kind is MoveKind.Read or MoveKind.LeaseRead)
        {
            to.ReadServers[move.Argument] = (byte)(move.Server + 1);
            to.ReadNeeds[move.Argument] = Math.Max(to.Acknowledged, to.Shown);
        }

        if (move.Kind == MoveKind.Crash)
        {
            ForgetReads(to, move.Server);
        }

        var outcome = interned.After(interned.Server(from.Servers[move.Server]), move, worker);
        to.Servers[move.Server] = outcome.Next.Number;
        foreach (var sent in outcome.Sent)
        {
            if (interned.Message(sent).To < bounds.Servers)
            {
                to.Add(sent);
            }
        }

        var broken = judge.Look(to, move.Server, outcome);
        DropDead(to);
        return new Step(
            broken,
            !move.IsSlow && outcome.CanBeSlow && to.Used[(int)Budget.SlowSaves] < bounds.SlowSaves,
            outcome.GoesOn && to.Used[(int)Budget.Copies] > 0);
    }

    /// <summary>
    /// An answer of an older term than its receiver has on disk does nothing whenever it arrives, as long as no disk is rolled back:
    /// whether it is still under way makes no difference.
    /// </summary>
    private void DropDead(ClusterState state)
    {
        for (var i = state.MessageCount - 1; i >= 0; i--)
        {
            var message = interned.Message(state.Messages[i]);
            if (message.IsAnswer && (bounds.Copies == 0 || !bounds.IsFaulty(message.To)) && message.Message.Term.Value < interned.Server(state.Servers[message.To]).Server.Disk.HardState.Term.Value)
            {
                state.Remove(message.Number);
            }
        }
    }

    private static void ForgetReads(ClusterState state, int server)
    {
        for (var read = 0; read < ClusterState.MaxReads; read++)
        {
            if (state.ReadServers[read] == server + 1)
            {
                (state.ReadServers[read], state.ReadNeeds[read]) = (0, 0);
            }
        }
    }

    private static int NextRead(ClusterState state) => state.Used[(int)Budget.Reads] + state.Used[(int)Budget.LeaseReads];

    private void AddIf(ClusterState state, Budget budget, List<Move> moves, Move move)
    {
        if (state.Used[(int)budget] < bounds.LimitOf(budget))
        {
            moves.Add(move);
        }
    }

    private static Budget? BudgetOf(MoveKind kind) => kind switch
    {
        MoveKind.Tick => Budget.Ticks,
        MoveKind.Leap => Budget.Leaps,
        MoveKind.Timeout => Budget.Timeouts,
        MoveKind.Propose => Budget.Proposals,
        MoveKind.Read => Budget.Reads,
        MoveKind.LeaseRead => Budget.LeaseReads,
        MoveKind.Crash => Budget.Crashes,
        MoveKind.KeepDisk => Budget.Copies,
        MoveKind.Repeat => Budget.Repeats,
        MoveKind.Snapshot => Budget.Snapshots,
        MoveKind.Transfer => Budget.Transfers,
        MoveKind.Add or MoveKind.Promote or MoveKind.Remove => Budget.Changes,
        _ => null,
    };
}
