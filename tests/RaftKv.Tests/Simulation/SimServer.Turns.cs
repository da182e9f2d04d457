using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>The loop around the pump: when it turns, what it takes from the network, and what is looked at after every step.</summary>
internal sealed partial class SimServer
{
    private readonly List<Message> _passed = [];
    private Func<Instant>? _readClock;
    private long _wakeAt = long.MaxValue;
    private bool _turnIsPlanned;

    /// <summary>What the clock showed when the server came to stand still before it used that.</summary>
    private Instant? _read;

    private void TakePassed()
    {
        foreach (var message in _passed)
        {
            if (_inbox.Count < 1000)
            {
                _inbox.Enqueue(new MessageReceived(message));
            }
        }

        _passed.Clear();
    }

    /// <summary>The loop wakes at once or, in some worlds, a moment later, so that a turn finds more to take.</summary>
    private void TurnSoon()
    {
        if (world.Plan.LoopLatencyMicroseconds == 0)
        {
            Turn();
        }
        else if (!_turnIsPlanned)
        {
            _turnIsPlanned = true;
            Later(TimeSpan.FromMicroseconds(world.Chance.Between(0, world.Plan.LoopLatencyMicroseconds)), Turn);
        }
    }

    private void Turn()
    {
        _turnIsPlanned = false;
        if (_pump is null || IsPaused)
        {
            return;
        }

        var now = _read ?? _clock.Now;
        if (_read is null && world.Nemesis.StandsStill(this))
        {
            (_read, var epoch) = (now, _epoch);
            Pause();
            world.After(world.Chance.Milliseconds(5, 2000), () =>
            {
                if (epoch == _epoch)
                {
                    Resume();
                }
            });
            return;
        }

        _read = null;
        _gate!.TakeDue(now, _passed);
        TakePassed();
        var turns = 0;
        var (configuration, committed, isLeader) = (Raft!.Configuration, Raft.CommitIndex, Raft.Role == Role.Leader);
        while (_pump is not null && _pump.Turn(_readClock ??= () => _clock.Now))
        {
            _invariants!.Check();
            world.Judge.Watch(Raft!);
            if (isLeader && Raft!.Role == Role.Leader && Raft.CommitIndex > committed)
            {
                world.Judge.WatchCommit(Raft, configuration);
            }

            (configuration, committed, isLeader) = (Raft!.Configuration, Raft.CommitIndex, Raft.Role == Role.Leader);
            Judge.Require(++turns < 1000, $"{Id} comes to rest");
        }

        PlanWake();
    }

    private void PlanWake()
    {
        if (_pump is null)
        {
            return;
        }

        var next = _pump.NextDeadline < _gate!.NextDue ? _pump.NextDeadline : _gate.NextDue;
        if (next == Instant.Never)
        {
            return;
        }

        var delay = _clock.Until(next);
        var at = (world.Now + delay).Microseconds;

        // An earlier wake looks again; most deadlines move on before they are reached.
        if (at < _wakeAt)
        {
            _wakeAt = at;
            Later(delay, () => WakeAt(at));
        }
    }

    private void WakeAt(long at)
    {
        if (at != _wakeAt)
        {
            return;
        }

        _wakeAt = long.MaxValue;
        if (_clock.Now >= _pump!.NextDeadline || _clock.Now >= _gate!.NextDue)
        {
            Turn();
        }
        else
        {
            PlanWake();
        }
    }

    private void Later(TimeSpan delay, Action action)
    {
        var epoch = _epoch;
        world.After(delay, () =>
        {
            if (epoch == _epoch && IsUp)
            {
                action();
            }
        });
    }
}
