using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>The loop around the pump: when it turns, what it takes from the network, and what is looked at after every step.</summary>
internal sealed partial class SimServer
{
    private readonly List<Message> _passed = [];
    private Func<Instant>? _readClock;
    private long _wakeAt = long.MaxValue;
    private bool _turnIsPlanned;
    private bool _standsStill;

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

        _gate!.TakeDue(_clock.Now, _passed);
        TakePassed();
        try
        {
            TurnToRest();
        }
        catch (EndedInTurn)
        {
            return;
        }

        PlanWake();
    }

    private void TurnToRest()
    {
        var turns = 0;
        var (configuration, committed, isLeader) = (Raft!.Configuration, Raft.CommitIndex, Raft.Role == Role.Leader);
        while (_pump is not null && _pump.Turn(_readClock ??= ReadClock))
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
    }

    /// <summary>Now and then the process stands still right after it has read its clock, in the middle of a turn, while the world goes on.</summary>
    private Instant ReadClock()
    {
        var now = _clock.Now;
        if (world.Nemesis.StandsStill(this))
        {
            var epoch = _epoch;
            _standsStill = true;
            world.Note(Id, "stands still");
            world.GoOnFor(world.Chance.Milliseconds(5, 2000));
            _standsStill = false;
            world.Note(Id, "goes on");
            if (epoch != _epoch)
            {
                throw new EndedInTurn();
            }

            StartWriting();
            StartApplying();
        }

        return now;
    }

    /// <summary>The process ended while it stood still in a turn.</summary>
    private sealed class EndedInTurn : Exception;

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
