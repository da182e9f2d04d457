using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Lets it take turns, and does what the turns ask for.</summary>
internal sealed partial class TestServer
{
    /// <summary>One turn with one event; returns what left in it.</summary>
    public IReadOnlyList<Message> Step(InputEvent? inputEvent = null) => Turn([inputEvent]);

    /// <summary>One turn with a message from a peer. An answer that names no run answers the one that asks.</summary>
    public IReadOnlyList<Message> Receive(Message message) =>
        Turn([new MessageReceived(message is HelloResponse { Run: 0 } answer ? answer with { Run = Raft.Run } : message)]);

    /// <summary>Takes a snapshot of all that is applied; returns what it stands for.</summary>
    public SnapshotMeta TakeSnapshot()
    {
        Snapshot = Raft.DescribeSnapshot(Raft.AppliedIndex);
        Step(new SnapshotTaken(Snapshot!));
        return Snapshot!;
    }

    /// <summary>Lets time pass and takes a turn.</summary>
    public IReadOnlyList<Message> After(TimeSpan time)
    {
        Now += time;
        return Turn([null]);
    }

    /// <summary>Lets time pass until the core wants a turn, and takes it.</summary>
    public IReadOnlyList<Message> AtDeadline()
    {
        Now = Raft.NextDeadline > Now ? Raft.NextDeadline : Now;
        return Turn([null]);
    }

    /// <summary>Lets deadline after deadline pass until something holds.</summary>
    public void AtDeadlineUntil(Func<bool> holds)
    {
        for (var turns = 0; !holds(); turns++)
        {
            Assert.True(turns < 1000, "It never comes to that.");
            AtDeadline();
        }
    }

    /// <summary>One turn with several events.</summary>
    public IReadOnlyList<Message> Turn(IReadOnlyList<InputEvent?> events)
    {
        var before = Outbox.Count;
        TakeTurn(events);
        while (AutoSave && _saves.Count > 0 && Halt is null)
        {
            CompleteSave();
        }

        return Outbox.GetRange(before, Outbox.Count - before);
    }

    /// <summary>Completes the oldest save under way, in a turn of its own; returns what left in it.</summary>
    public IReadOnlyList<Message> CompleteSave()
    {
        var before = Outbox.Count;
        var save = _saves.Dequeue();
        _completed = save.Id;
        DurableHardState = save.HardState ?? DurableHardState;
        if (save.TruncateFrom is { } from)
        {
            Durable.RemoveAll(e => e.Id.Index >= from);
        }

        if (save.ResetTo is { } reset)
        {
            Durable.Clear();
            DurableCompacted = reset;
        }

        Durable.AddRange(save.Entries);
        if (save.CompactTo is { } to && Durable.Find(e => e.Id.Index == to) is { Id: var compacted } && compacted != default)
        {
            Durable.RemoveAll(e => e.Id.Index <= to);
            DurableCompacted = compacted;
        }

        TakeTurn([new Saved(save.Id)]);
        return Outbox.GetRange(before, Outbox.Count - before);
    }

    public int PendingSaves => _saves.Count;

    /// <summary>The same server after a crash: only what was durable is left.</summary>
    public TestServer Restart(ulong seed = 77, bool trimmed = false, EntryId? trimmedAt = null)
    {
        if (Snapshot is { } snapshot && snapshot.Last != DurableCompacted && !Durable.Exists(e => e.Id == snapshot.Last))
        {
            // The crash came between the snapshot and the save that puts it in the log's place.
            Assert.True(snapshot.Last.Index > DurableCompacted.Index, "The log begins after the snapshot.");
            Durable.Clear();
            DurableCompacted = snapshot.Last;
        }

        var recovered = new RecoveredState
        {
            HardState = DurableHardState,
            Compacted = DurableCompacted,
            Snapshot = Snapshot,
            Applied = Snapshot?.Last.Index ?? LogIndex.Zero,
            Entries = [.. Durable.Select(e => new EntryMeta(e.Id.Term, e.SizeBytes))],
            Configurations = [.. Durable.Where(e => e.Kind == EntryKind.Configuration)
                .Select(e => new PlacedConfiguration(e.Id.Index, ConfigurationCodec.Decode(e.Payload.Span)))],
            IsRestart = true,
            TailWasTrimmed = trimmed || trimmedAt is not null,
            TrimmedAt = trimmedAt,
        };
        return new TestServer(Options with { Seed = seed }, recovered, Durable, Now, AutoSave) { ClockAhead = ClockAhead };
    }

    private void TakeTurn(IReadOnlyList<InputEvent?> events)
    {
        foreach (var inputEvent in events)
        {
            Raft.Step(new Input(Now, inputEvent));
        }

        var effects = Raft.Drain();
        _invariants.Check(effects);
        Observer?.Invoke(events, effects);
        Take(effects);
        Release();
        if (AutoApply && (effects.Apply?.Last ?? effects.Install?.Last.Index) is { } applied)
        {
            Raft.Step(new Input(Now, new Applied(applied)));
            TakeTurn([null]);
        }

        while (_later.TryDequeue(out var received))
        {
            TakeTurn([received]);
        }
    }

    private void Take(Effects effects)
    {
        Halt ??= effects.Halt;
        if (effects.SaveId != 0)
        {
            if (effects.TruncateFrom is { } from)
            {
                Log.RemoveAll(e => e.Id.Index >= from);
            }

            if (effects.ResetTo is not null)
            {
                Log.Clear();
            }

            Log.AddRange(effects.Append);
            Log.RemoveAll(e => e.Id.Index <= effects.CompactTo);
            _saves.Enqueue(new PendingSave(
                effects.SaveId, effects.HardState, effects.TruncateFrom, effects.ResetTo, [.. effects.Append], effects.CompactTo));
        }

        TakeSnapshots(effects);
        TailIsWhole |= effects.TailIsWhole;
        Outbox.AddRange(effects.Messages);
        Outbox.AddRange(effects.Sends.Select(Fill));
        _held.AddRange(effects.MessagesAfterSave.Select(m => (effects.RequiredSaveId, m)));
        if (effects.Apply is { } range)
        {
            Applied.AddRange(Log.Where(e => e.Id.Index >= range.First && e.Id.Index <= range.Last));
        }

        Appended.AddRange(effects.Appended);
        Refused.AddRange(effects.Refused);
        ReadsReady.AddRange(effects.ReadsReady);
        ReadsRefused.AddRange(effects.ReadsRefused);
        Transfers.AddRange(effects.Transfers);
        Memberships.AddRange(effects.Memberships);
        if (effects.Configuration is { } configuration)
        {
            Configurations.Add(configuration);
        }

        if (effects.RoleChange is { } change)
        {
            RoleChanges.Add(change);
        }
    }

    /// <summary>A snapshot travels as one part of one byte.</summary>
    private void TakeSnapshots(Effects effects)
    {
        SnapshotSends.AddRange(effects.SnapshotSends);
        Outbox.AddRange(effects.SnapshotSends.Select(s => new SnapshotChunk(Id, s.To, s.Term, s.Meta, 0, new byte[] { 1 }, 1)));
        Chunks.AddRange(effects.SnapshotChunks);
        if (effects.Install is { } install)
        {
            Installed.Add(install);
        }

        foreach (var chunk in effects.SnapshotChunks.Where(_ => AutoReceive).ToList())
        {
            Snapshot = Snapshot is null || Snapshot.Last.Index < chunk.Meta.Last.Index ? chunk.Meta : Snapshot;
            _later.Enqueue(new SnapshotReceived(chunk.From, chunk.Term, chunk.Meta));
        }
    }

    private AppendRequest Fill(AppendSend send) => new(
        Id, send.To, send.Term, send.Previous,
        [.. Log.Where(e => e.Id.Index > send.Previous.Index).Take(send.Count)], send.Commit);

    private void Release()
    {
        foreach (var (saveId, message) in _held.ToList())
        {
            if (saveId <= _completed)
            {
                Outbox.Add(message);
                _held.Remove((saveId, message));
            }
        }
    }

    private sealed record PendingSave(
        long Id, HardState? HardState, LogIndex? TruncateFrom, EntryId? ResetTo, List<LogEntry> Entries, LogIndex? CompactTo);
}
