using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Faults;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>
/// A whole server except its sockets: core, pump, log, state machine and their threads. Every member may be called
/// from any thread.
/// </summary>
public sealed partial class RaftNode : IAsyncDisposable
{
    private readonly RaftNodeOptions _options;
    private readonly DataDirectoryLock _directoryLock;
    private readonly ILogStorage _storage;
    private readonly KvStore _store;
    private readonly RequestTable _requests;
    private readonly NodeInbox _inbox = new();
    private readonly FaultGate? _faults;
    private readonly Raft _raft;
    private readonly Pump _pump;
    private readonly NodeThread _pumpThread;
    private readonly LogWriterThread _writer;
    private readonly LogReaderThread _reader;
    private readonly ApplierThread _applier;
    private readonly SnapshotWork? _snapshotWork;
    private readonly NodeThread? _snapshotThread;
    private readonly TaskCompletionSource<HaltReason?> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _stopLock = new();
    private volatile NodeStatus _status;
    private HaltReason? _halt;
    private string? _toldOfSnapshots;
    private Task? _disposal;

    private RaftNode(
        RaftNodeOptions options, NodeIdentity identity, DataDirectoryLock directoryLock, Stored stored, SnapshotStore? snapshots, KvView? view)
    {
        var storage = stored.Log;
        _options = options;
        _directoryLock = directoryLock;
        _storage = storage;
        Peers = stored.Peers;
        _faults = options.Faults;
        Identity = identity;
        _store = new KvStore(options.MaxSessions);
        if (view is not null)
        {
            _store.Restore(view);
        }

        _requests = new RequestTable(_store);
        var name = $"raft-n{identity.ServerId}";
        _pumpThread = new NodeThread($"{name}-pump", RunPump, e => Stop("Unexpected", "The loop failed", e));
        _writer = new LogWriterThread(storage, options.GroupCommitBytes, $"{name}-log", _pumpThread.Wake, e => Stop("LogWriteFailed", "The log could not be written", e));
        _reader = new LogReaderThread(storage, $"{name}-read", _pumpThread.Wake, e => Stop("LogReadFailed", "The log could not be read", e));
        _applier = new ApplierThread(_store, _requests, snapshots, $"{name}-apply", _pumpThread.Wake, e => Stop("ApplyFailed", "A committed entry could not be applied", e));
        if (snapshots is not null)
        {
            _snapshotThread = new NodeThread($"{name}-snap", WorkOnSnapshots, e => Stop("SnapshotFailed", "A snapshot could not be written or read", e));
            _snapshotWork = new SnapshotWork(snapshots, () => TestFaults.Decorate(_store.View), _snapshotThread.Wake);
        }

        _raft = new Raft(options.Raft, storage.Recovered with { FirstMembership = stored.First }, MonotonicClock.Now);
        UseMembership();
        var ports = new PumpPorts
        {
            Inbox = _inbox,
            Transport = _faults is null ? options.Transport : new FaultingTransport(options.Transport, _faults),
            LogWriter = _writer,
            LogReader = _reader,
            Applier = _applier,
            Snapshots = _snapshotWork,
            Observer = new Observer(this),
        };
        var limits = new PumpOptions
        {
            EntryCacheBytes = options.EntryCacheBytes,
            MaxInputsPerTurn = options.MaxInputsPerTurn,
            LostAppendInterval = options.Raft.HeartbeatInterval,
            SnapshotThresholdEntries = options.SnapshotThresholdEntries,
            SnapshotThresholdBytes = options.SnapshotThresholdBytes,
            SnapshotChunkBytes = options.SnapshotChunkBytes,
            SnapshotWindowBytes = options.SnapshotWindowBytes,
        };
        _pump = new Pump(_raft, ports, limits, storage.Recovered.Applied);
        _status = TakeStatus();
    }

    /// <summary>What a start found on the disk besides snapshots.</summary>
    private sealed record Stored(ILogStorage Log, Configuration First, PeerRegistry Peers);

    /// <summary>Recovers from disk and starts the threads.</summary>
    /// <exception cref="InvalidDataException">The directory has no identity, another server's, or a damaged log; the message says what to do.</exception>
    /// <exception cref="DataDirectoryInUseException">A live server uses the directory.</exception>
    /// <exception cref="ArgumentException">The consensus options have faults; the message lists all.</exception>
    public static RaftNode Start(RaftNodeOptions options)
    {
        var identity = NodeIdentity.Read(options.Disk, options.DataDirectory);
        if (identity.ServerId != options.Raft.Id.Value)
        {
            throw new InvalidDataException(
                $"{options.DataDirectory} belongs to server {identity.ServerId}, not to server {options.Raft.Id.Value}. "
                + "Start it under its own id, or choose the right directory.");
        }

        var directoryLock = options.DirectoryLock ?? DataDirectoryLock.Acquire(options.DataDirectory);
        ILogStorage? storage = null;
        SnapshotStore? snapshots = null;
        try
        {
            DataDirectory.CheckStarted(options.Disk, options.DataDirectory, identity);
            snapshots = options.OpenLog is null
                ? SnapshotStore.Open(options.Disk, Path.Combine(options.DataDirectory, DataDirectory.SnapshotDirectory))
                : null;
            var loaded = snapshots?.LoadNewest();
            var first = FirstMembership.Settle(options.Disk, options.DataDirectory, options.Raft.FirstMembership);
            var peers = PeerRegistry.Open(options.Disk, options.DataDirectory);
            storage = OpenLog(options, identity, loaded?.Meta);
            LogFiles.CheckTerms(storage.Recovered, Path.Combine(options.DataDirectory, DataDirectory.LogDirectory));
            DataDirectory.MarkStarted(options.Disk, options.DataDirectory);
            var node = new RaftNode(options, identity, directoryLock, new Stored(storage, first, peers), snapshots, loaded?.View);
            node.RequireOwnIncarnation();
            node.StartThreads();
            return node;
        }
        catch
        {
            storage?.Dispose();
            snapshots?.Dispose();
            directoryLock.Dispose();
            throw;
        }
    }

    /// <summary>Who this is.</summary>
    public NodeIdentity Identity { get; }

    /// <summary>Who may speak as whom to this server; follows its membership.</summary>
    public PeerRegistry Peers { get; }

    /// <summary>Where its data lies.</summary>
    public string DataPath => _options.DataDirectory;

    /// <summary>What it does while its disk is full, in words that name the disk (P11).</summary>
    public string WaitForRoom => $"waits for room on the disk of {DataPath}";

    /// <summary>The state at this moment.</summary>
    public NodeStatus Status => _status with
    {
        AppliedIndex = _store.Applied,
        Waiting = _writer.IsDiskFull ? WaitForRoom : "",
        Halt = Volatile.Read(ref _halt),
    };

    /// <summary>The applied state at this moment, for stale reads and inspection.</summary>
    public KvView View => _store.View;

    /// <summary>Completes when the node halts (with its reason) or was disposed (with null).</summary>
    public Task<HaltReason?> Completion => _completion.Task;

    /// <summary>Raised on every change of role, term or leader, from the pump's thread; handlers return at once.</summary>
    public event Action<RoleChange>? RoleChanged;

    /// <summary>Raised when the core went on without what could vouch for its disk, from the pump's thread; handlers return at once.</summary>
    public event Action<WentOn>? WentOn;

    /// <summary>
    /// Raised when the configuration in force changes or comes to be known as committed, from the pump's thread; handlers
    /// return at once. The one at the start is in <see cref="Status"/>.
    /// </summary>
    public event Action<ConfigurationChange>? ConfigurationChanged;

    /// <summary>
    /// Raised when the log begins to wait for room on a full disk, with true, and when it goes on, with false, from the pump's
    /// thread; handlers return at once (P11).
    /// </summary>
    public event Action<bool>? RoomChanged;

    /// <summary>
    /// Raised when a snapshot that was to be sent is found to be damaged, with words that name the file, from the pump's
    /// thread; handlers return at once. The server goes on and makes another one.
    /// </summary>
    public event Action<string>? SnapshotDamaged;

    /// <summary>
    /// Raised when the disk refuses to write, receive or read a snapshot, with words that say why, from the snapshots' thread;
    /// handlers return at once. The server goes on and tries again.
    /// </summary>
    public event Action<string>? SnapshotRefused;

    /// <summary>Hands over a peer's message.</summary>
    public void Receive(Message message)
    {
        if (_faults is null)
        {
            Add(new MessageReceived(message));
            return;
        }

        var delivered = new List<Message>();
        _faults.OnReceive(message, MonotonicClock.Now, delivered);
        foreach (var passed in delivered)
        {
            _inbox.TryAdd(new MessageReceived(passed));
        }

        // Even with nothing to deliver: what is held may be due before the pump meant to wake.
        _pumpThread.Wake();
    }

    /// <summary>Tells the core that an append was lost on its way out.</summary>
    public void ReportLost(NodeId peer, Term term) => Add(new AppendLost(peer, term));

    /// <summary>Stops the threads after the writes under way; pending requests end as unknown.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_stopLock)
        {
            return new ValueTask(_disposal ??= Task.Run(StopThreads));
        }
    }

    private void UseMembership() => Peers.Use(new(_raft.ConfigurationIndex, _raft.Configuration), _raft.CommittedConfiguration);

    /// <summary>Refuses to start as a server that the membership knows by another directory: its peers would refuse it (P7).</summary>
    private void RequireOwnIncarnation()
    {
        if (Peers.Judge(_raft.Id, Identity.Incarnation) is { Kind: AdmissionKind.Replaced } refused)
        {
            throw new InvalidDataException($"{_options.DataDirectory} is not the directory of this server. {refused.Refusal}");
        }
    }

    private bool Add(InputEvent inputEvent)
    {
        var added = _inbox.TryAdd(inputEvent);
        _pumpThread.Wake();
        return added;
    }

    private static ILogStorage OpenLog(RaftNodeOptions options, NodeIdentity identity, SnapshotMeta? snapshot)
    {
        var directory = Path.Combine(options.DataDirectory, DataDirectory.LogDirectory);
        return options.OpenLog is { } open
            ? open(options.Disk, directory)
            : WriteAheadLog.Open(options.Disk, directory, new WriteAheadLogOptions
            {
                Salt = identity.Incarnation,
                SegmentBytes = options.SegmentBytes,
            }, snapshot);
    }
}
