using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>The states in which searches begin.</summary>
internal sealed partial class MoveMaker
{
    /// <summary>Brings the cluster to the beginning; returns what is broken on the way there, or null.</summary>
    public string? Begin(ClusterState state, Worker worker)
    {
        for (var i = 0; i < bounds.Servers; i++)
        {
            var fresh = worker.Turns.Fresh(i + 1);
            fresh = worker.Turns.After(fresh, new Move(MoveKind.Tick, i), null);
            fresh = worker.Turns.After(fresh, new Move(MoveKind.Tick, i), null);
            state.Servers[i] = interned.Intern(fresh, worker).Number;
        }

        var broken = bounds.BeginsLed || bounds.BeginsContested ? Lead(state, worker) : null;
        if (bounds.BeginsCopied)
        {
            KeepDisks(state, worker);
        }

        return broken;
    }

    private void KeepDisks(ClusterState state, Worker worker)
    {
        for (var i = 0; i < bounds.Voters; i++)
        {
            if (bounds.IsFaulty(i))
            {
                state.Servers[i] = interned.After(interned.Server(state.Servers[i]), new Move(MoveKind.KeepDisk, i), worker).Next.Number;
                state.Used[(int)Budget.Copies]++;
            }
        }
    }

    /// <summary>What comes next until the search begins; not what the loser of a contested election asked for.</summary>
    private InternedMessage? NextUnderWay(ClusterState state)
    {
        for (var i = 0; i < state.MessageCount; i++)
        {
            var message = interned.Message(state.Messages[i]);
            if (message.Message is not VoteRequest request || request.From.Value == 1)
            {
                return message;
            }
        }

        return null;
    }

    /// <summary>Lets server 1 be elected and its first entry be committed and known everywhere.</summary>
    private string? Lead(ClusterState state, Worker worker)
    {
        var next = new ClusterState(bounds);
        var pending = new Queue<Move>(bounds.BeginsContested ? [new Move(MoveKind.Timeout, 1), new Move(MoveKind.Timeout, 0)] : [new Move(MoveKind.Timeout, 0)]);
        var isTold = false;
        while (true)
        {
            if (!pending.TryDequeue(out var move))
            {
                if (NextUnderWay(state) is { } message)
                {
                    move = new Move(MoveKind.Deliver, message.To, message.Number);
                }
                else if (!isTold)
                {
                    // The next round of heartbeats tells everyone what is committed.
                    isTold = true;
                    pending.Enqueue(new Move(MoveKind.Tick, 0));
                    pending.Enqueue(new Move(MoveKind.Wake, 0));
                    continue;
                }
                else
                {
                    break;
                }
            }

            if (Make(state, move, next, worker).Broken is { } broken)
            {
                return $"Already at the beginning, {broken}";
            }

            next.CopyTo(state);
        }

        state.Used.Clear();
        return null;
    }
}
