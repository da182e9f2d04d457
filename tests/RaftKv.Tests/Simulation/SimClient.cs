using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// A client with a session: one operation at a time, retried under the same sequence number until it is answered.
/// Reads are tried anew after a time-out, as new reads.
/// </summary>
internal sealed class SimClient(World world, int number)
{
    private long _session;
    private long _sequence;
    private long _attempt;
    private NodeId _leader;
    private bool _isStopped;

    /// <summary>How many operations were answered.</summary>
    public int Completed { get; private set; }

    public void Stop() => _isStopped = true;

    /// <summary>Sends many writes without a session or a wish for answers, so that logs have tails to lose.</summary>
    public void Burst()
    {
        if (_isStopped)
        {
            return;
        }

        var server = world.Servers[world.Random.Next(world.Servers.Count)];
        for (var left = world.Random.Next(30); left > 0; left--)
        {
            var value = $"b{number}-{++_sequence}-{new string('y', world.Random.Next(500))}";
            server.Propose(CommandCodec.Encode(new Command { Kind = CommandKind.Put, Key = "burst"u8.ToArray(), Value = Encoding.UTF8.GetBytes(value) }), _ => { });
        }

        world.After(world.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(300)), Burst);
    }

    /// <summary>Begins the next operation.</summary>
    public void Next()
    {
        if (_isStopped)
        {
            return;
        }

        if (_session == 0)
        {
            Write(new Command { Kind = CommandKind.OpenSession }, (_, _) => { });
            return;
        }

        var key = $"k{world.Random.Next(6)}";
        switch (world.Random.Next(10))
        {
            case < 5:
                Put(key, Condition.None);
                break;
            case 5:
                Put(key, new Condition(ConditionKind.Version, world.Random.Next(6), default));
                break;
            case 6:
                Write(Stamp(new Command { Kind = CommandKind.Delete, Key = Encoding.UTF8.GetBytes(key) }), world.Judge.BeginWrite(key));
                break;
            default:
                Read(key, world.Random.Next(4) == 0 ? ReadConsistency.Lease : ReadConsistency.Linearizable);
                break;
        }
    }

    private void Put(string key, Condition condition)
    {
        var value = $"c{number}-{_sequence + 1}-{new string('x', world.Random.Next(world.Random.Next(5) == 0 ? 800 : 60))}";
        Write(Stamp(new Command
        {
            Kind = CommandKind.Put,
            Key = Encoding.UTF8.GetBytes(key),
            Value = Encoding.UTF8.GetBytes(value),
            Condition = condition,
        }), world.Judge.BeginWrite(key));
    }

    private Command Stamp(Command command) =>
        command with { SessionId = _session, Sequence = ++_sequence, AcknowledgedBelow = _sequence };

    private void Write(Command command, Action<Command, Reply> judge)
    {
        var attempt = ++_attempt;
        var payload = CommandCodec.Encode(command);
        var server = Target();
        world.After(world.Nemesis.Delay(), () => server.Propose(payload, answer => Hear(attempt, answer, () =>
        {
            if (answer.Outcome != SimOutcome.Done)
            {
                Retry(answer, () => Write(Again(command), judge));
                return;
            }

            if (command.Kind == CommandKind.OpenSession)
            {
                _session = answer.Reply.Revision;
            }

            judge(command, answer.Reply);
            Finish();
        })));
        GiveUpLater(attempt, () => Write(Again(command), judge));
    }

    /// <summary>The same command again; under the planted bug it looks like a new one.</summary>
    private Command Again(Command command) =>
        world.Options.Bug == PlantedFault.RetryAsNew && command.SessionId != 0 ? Stamp(command) : command;

    private void Read(string key, ReadConsistency consistency)
    {
        var attempt = ++_attempt;
        var judge = world.Judge.BeginRead(key);
        var server = world.Random.Next(2) == 0 ? Target() : world.Servers[world.Random.Next(world.Servers.Count)];
        var asked = world.Options.Bug == PlantedFault.StaleReads ? ReadConsistency.Stale : consistency;
        world.After(world.Nemesis.Delay(), () => server.Read(asked, answer => Hear(attempt, answer, () =>
        {
            if (answer.View is not { } view)
            {
                Retry(answer, () => Read(key, consistency));
                return;
            }

            judge(view);
            Finish();
        })));
        GiveUpLater(attempt, () => Read(key, consistency));
    }

    private SimServer Target()
    {
        var leader = _leader.IsNone ? world.Servers[world.Random.Next(world.Servers.Count)].Id : _leader;
        return world.Servers[leader.Value - 1];
    }

    /// <summary>An answer takes its time; one to an attempt that was given up comes too late.</summary>
    private void Hear(long attempt, SimAnswer answer, Action then)
    {
        _leader = answer.Outcome == SimOutcome.Done ? _leader : answer.Leader;
        world.After(world.Nemesis.Delay(), () =>
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
        _leader = answer.Leader;
        world.After(world.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(60)), again);
    }

    private void GiveUpLater(long attempt, Action again) => world.After(world.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(900)), () =>
    {
        if (attempt == _attempt)
        {
            _attempt++;
            _leader = NodeId.None;
            again();
        }
    });

    private void Finish()
    {
        _attempt++;
        Completed++;
        world.After(world.Between(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(150)), Next);
    }
}
