using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Simulation;

/// <summary>How it asks, is answered and tries again.</summary>
internal sealed partial class SimLane
{
    private void Write(Command command, int operation, Action<Command, Reply> answered)
    {
        var attempt = ++_attempt;
        var payload = CommandCodec.Encode(command);
        var server = client.Target();
        Tell(server.Id, "is asked for", command.Kind);
        world.After(Travel(), () => server.Propose(payload, answer => Hear(server.Id, attempt, answer, () => TakeWrite(command, operation, answer, answered))));
        GiveUpLater(attempt, () =>
        {
            if (operation >= 0 && (!client.HasSession || world.Chance.OneIn(30)))
            {
                Abandon(command, operation);
                return;
            }

            Write(Again(command), operation, answered);
        });
    }

    private void TakeWrite(Command command, int operation, SimAnswer answer, Action<Command, Reply> answered)
    {
        switch (answer.Outcome)
        {
            case SimOutcome.Unknown when !client.HasSession && operation >= 0:
                Abandon(command, operation);
                return;
            case SimOutcome.Refused or SimOutcome.Unknown:
                Retry(answer, () => Write(Again(command), operation, answered));
                return;
        }

        if (answer.Reply.Status == ReplyStatus.SessionUnknown)
        {
            // An earlier attempt may have been applied before the session was forgotten.
            client.Lose(command.SessionId);
            Abandon(command, operation);
            return;
        }

        client.Finish(command);
        answered(command, answer.Reply);
        client.OwesWrite &= operation < 0;
        Finish();
    }

    private void Abandon(Command command, int operation)
    {
        _attempt++;
        client.Finish(command);
        History.Abandon(operation);
        world.Totals.Add(Happening.UnknownOutcome);
        world.After(Thought(), Next);
    }

    /// <summary>The same command again; under the planted bug it looks like a new one.</summary>
    private Command Again(Command command)
    {
        world.Totals.Add(Happening.Retry);
        return world.Options.Bug.Port == PortFault.RetryAsNew && command.SessionId != 0 ? client.Stamp(command) : command;
    }

    /// <summary>Every attempt is a read of its own, so each has its own beginning; the whole begins with the first.</summary>
    private void Read(ReadConsistency consistency, Func<Action<KvView>> begin, Action<KvView> answered)
    {
        var attempt = ++_attempt;
        var judge = begin();
        var server = world.Chance.OneIn(2) ? client.Target() : world.PickServer();
        Tell(server.Id, "is asked for", consistency);
        var asked = world.Options.Bug.Port == PortFault.StaleReads ? ReadConsistency.Stale : consistency;
        world.After(Travel(), () => server.Read(asked, answer => Hear(server.Id, attempt, answer, () =>
        {
            if (answer.View is not { } view)
            {
                Retry(answer, () => Read(consistency, begin, answered));
                return;
            }

            judge(view);
            answered(view);
            Finish();
        })));
        GiveUpLater(attempt, () => Read(consistency, begin, answered));
    }

    /// <summary>An answer takes its time; one to an attempt that was given up comes too late.</summary>
    private void Hear(NodeId server, long attempt, SimAnswer answer, Action then)
    {
        Tell(server, "answers", answer.Outcome == SimOutcome.Refused ? $"Refused, the leader is {answer.Leader}" : $"{answer.Outcome}");
        client.Leader = answer.Outcome == SimOutcome.Done ? client.Leader : answer.Leader;
        world.After(Travel(), () =>
        {
            if (attempt == _attempt)
            {
                then();
            }
        });
    }

    private void Retry(SimAnswer answer, Action again)
    {
        _attempt++;
        client.Leader = answer.Leader;
        world.After(world.Chance.Milliseconds(5, 60), again);
    }

    private void GiveUpLater(long attempt, Action again) => world.After(world.Chance.Milliseconds(100, 900), () =>
    {
        if (attempt == _attempt)
        {
            _attempt++;
            client.Leader = NodeId.None;
            again();
        }
    });
}
