using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// Lets a server make a move: steps and turns of the shipping core, and what its driver would do with the effects. One
/// object serves one thread.
/// </summary>
internal sealed class Turns(Bounds bounds)
{
    private readonly ReadOnlyMemory<byte>[] _payloads = [.. Enumerable.Range(0, 16).Select(n => DiskImage.PayloadOf(n, bounds.EntryBytes))];
    private readonly DeepCopy _copy = new();
    private readonly Queue<InputEvent> _later = new();

    public List<Message> Sent { get; } = [];

    public List<Seen> Seen { get; } = [];

    /// <summary>What a server did that it must never do, or null.</summary>
    public string? Violation { get; private set; }

    /// <summary>Whether a save was issued while none was under way, so that it may as well be slow.</summary>
    public bool CanBeSlow { get; private set; }

    /// <summary>Whether it went on without what could vouch for its disk.</summary>
    public bool GoesOn { get; private set; }

    /// <summary>Told of every turn.</summary>
    public Action<CoreServer, Effects>? Observer { get; set; }

    private bool CompletesSaves { get; set; }

    /// <summary>A server as it is when the cluster starts.</summary>
    public CoreServer Fresh(int id)
    {
        var server = new CoreServer(new NodeId(id));
        Begin(server, isRestart: false);
        return server;
    }

    /// <summary>The server after a move; the given one stays as it is.</summary>
    public CoreServer After(CoreServer before, Move move, Message? message)
    {
        Sent.Clear();
        Seen.Clear();
        Violation = null;
        CanBeSlow = false;
        GoesOn = false;
        var time = move.Kind switch
        {
            MoveKind.Tick => Bounds.TickTime,
            MoveKind.Leap => Bounds.TickTime * bounds.UpperTicks * 6,
            _ => TimeSpan.Zero,
        };
        var server = _copy.Of(before, -(time.Ticks / TimeSpan.TicksPerMicrosecond));
        CompletesSaves = !move.IsSlow && server.Saves.Count == 0;
        try
        {
            Make(server, move, message);
            Violation ??= server.UsesConfigurationOfItsLog ? null : $"{server.Id} uses {server.Raft!.Configuration}, which its log does not end with";
        }
        catch (InvalidOperationException broken)
        {
            Violation = broken.Message;
        }

        if (server.IsHalted)
        {
            Stop(server);
        }

        Timers.Settle(server, bounds.Timed);
        return server;
    }

    private void Make(CoreServer server, Move move, Message? message)
    {
        switch (move.Kind)
        {
            case MoveKind.Tick or MoveKind.Leap:
                break;
            case MoveKind.Timeout:
                Timers.Put(server.Raft!, CoreServer.Now, onlyIfDue: false);
                Turn(server, null, lateTimer: false);
                break;
            case MoveKind.Wake:
                Turn(server, null);
                break;
            case MoveKind.Deliver or MoveKind.Repeat:
                Turn(server, new MessageReceived(message!));
                break;
            case MoveKind.Propose:
                Turn(server, new Proposal(move.Argument, _payloads[move.Argument]));
                break;
            case MoveKind.Read:
                Turn(server, new ReadRequest(move.Argument, ReadConsistency.Linearizable));
                break;
            case MoveKind.LeaseRead:
                Turn(server, new ReadRequest(move.Argument, ReadConsistency.Lease));
                break;
            case MoveKind.Save:
                CompleteSave(server);
                break;
            case MoveKind.Snapshot:
                TakeSnapshot(server);
                break;
            case MoveKind.Transfer:
                Turn(server, new TransferLeadership(0, new NodeId(move.Argument + 1)));
                break;
            case MoveKind.Add:
                Turn(server, new ChangeMembership(0, new AddLearner("", new NodeId(move.Argument + 1))));
                break;
            case MoveKind.Promote:
                Turn(server, new ChangeMembership(0, new PromoteLearner(new NodeId(move.Argument + 1))));
                break;
            case MoveKind.Remove:
                Turn(server, new ChangeMembership(0, new RemoveMember(new NodeId(move.Argument + 1))));
                break;
            default:
                StopOrStart(server, move.Kind);
                break;
        }
    }

    private void StopOrStart(CoreServer server, MoveKind kind)
    {
        switch (kind)
        {
            case MoveKind.Crash:
                Stop(server);
                break;
            case MoveKind.KeepDisk:
                server.Kept = server.Disk;
                break;
            case MoveKind.StartRolledBack:
                (server.Disk, server.Kept) = (server.Kept!, null);
                Begin(server, isRestart: true);
                break;
            default:
                Begin(server, isRestart: true);
                break;
        }
    }

    private static void Stop(CoreServer server)
    {
        (server.Raft, server.Invariants, server.Completed) = (null, null, 0);
        server.Log.Clear();
        server.Saves.Clear();
        server.Waiting.Clear();
        server.Proposed.Clear();
    }

    private void Begin(CoreServer server, bool isRestart)
    {
        var (disk, recovered) = server.Disk.Recover(isRestart);
        server.Disk = disk;
        server.Log.AddRange(disk.Entries);
        server.Raft = new Raft(bounds.OptionsOf(server.Id.Value, (ulong)++server.Starts), recovered, CoreServer.Now);
        server.Invariants = new Invariants(server.Raft);
        if (isRestart)
        {
            Turn(server, null);
        }
        else
        {
            Timers.Settle(server, bounds.Timed);
        }
    }

    /// <summary>
    /// One turn with one event, and what follows from it without anyone else. An election timer that has run out is
    /// noticed in a turn of its own: one that ran out later would have made no difference before.
    /// </summary>
    private void Turn(CoreServer server, InputEvent? inputEvent, bool lateTimer = true)
    {
        var raft = server.Raft!;
        var commit = raft.CommitIndex;
        var (role, term) = (raft.Role, raft.Term);
        if (lateTimer)
        {
            Timers.Put(raft, Timers.JustDue, onlyIfDue: true);
        }

        raft.Step(new Input(CoreServer.Now, inputEvent));
        var effects = raft.Drain();
        server.Invariants!.Check(effects);
        Observer?.Invoke(server, effects);
        if (effects.Halt is { } halt)
        {
            server.IsHalted = true;
            Violation ??= halt.Code == "AcknowledgedEntriesLost" && bounds.Copies > 0 ? null : halt.Message;
            return;
        }

        GoesOn |= effects.WentOn is not null;
        Take(server, effects);
        if (raft.Role == Role.Leader && (role != Role.Leader || term != raft.Term))
        {
            Seen.Add(new Seen(Sight.Leads, raft.Term.Value));
        }

        Seen.AddCommits(server, commit, raft.Role == Role.Leader || (role == Role.Leader && term == raft.Term), effects);
        Seen.AddAnswers(server, effects);
        if ((effects.Apply?.Last ?? effects.Install?.Last.Index) is { } applied)
        {
            Turn(server, new Applied(applied));
        }

        while (_later.TryDequeue(out var next))
        {
            Turn(server, next);
        }

        while (CompletesSaves && server.Saves.Count > 0 && !server.IsHalted)
        {
            CompleteSave(server);
        }
    }

    private void Take(CoreServer server, Effects effects)
    {
        if (effects.SaveId != 0)
        {
            CanBeSlow |= CompletesSaves;
            if (effects.TruncateFrom is { } from)
            {
                server.Log.RemoveAll(e => e.Id.Index >= from);
            }

            if (effects.ResetTo is not null)
            {
                server.Log.Clear();
            }

            server.Log.AddRange(effects.Append);
            server.Log.RemoveAll(e => e.Id.Index <= effects.CompactTo);
            server.Saves.Enqueue(new Save(
                effects.SaveId, effects.HardState, effects.TruncateFrom, effects.ResetTo, [.. effects.Append], effects.CompactTo));
        }

        foreach (var chunk in effects.SnapshotChunks)
        {
            server.Disk = server.Disk.With(chunk.Meta);
            _later.Enqueue(new SnapshotReceived(chunk.From, chunk.Term, chunk.Meta));
        }

        Sent.AddRange(effects.Messages);
        Sent.AddRange(effects.Sends.Select(s => Fill(server, s)));
        Sent.AddRange(effects.SnapshotSends.Select(s => new SnapshotChunk(server.Id, s.To, s.Term, s.Meta, 0, _payloads[0], 4)));
        foreach (var message in effects.MessagesAfterSave)
        {
            if (effects.RequiredSaveId <= server.Completed)
            {
                Sent.Add(message);
            }
            else
            {
                server.Waiting.Add(new Held(effects.RequiredSaveId, message));
            }
        }
    }

    private void CompleteSave(CoreServer server)
    {
        var save = server.Saves.Dequeue();
        server.Disk = server.Disk.After(save);
        server.Completed = save.Id;
        foreach (var held in server.Waiting)
        {
            if (held.SaveId <= save.Id)
            {
                Sent.Add(held.Message);
            }
        }

        server.Waiting.RemoveAll(h => h.SaveId <= save.Id);
        Turn(server, new Saved(save.Id));
    }

    private void TakeSnapshot(CoreServer server)
    {
        if (server.Raft!.DescribeSnapshot(server.Raft.AppliedIndex) is { } meta)
        {
            server.Disk = server.Disk.With(meta);
            Turn(server, new SnapshotTaken(meta));
        }
    }

    private static AppendRequest Fill(CoreServer server, AppendSend send) => new(
        server.Id, send.To, send.Term, send.Previous,
        [.. server.Log.Where(e => e.Id.Index > send.Previous.Index).Take(send.Count)], send.Commit);
}
