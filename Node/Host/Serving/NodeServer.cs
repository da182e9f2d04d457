using System.Security.Cryptography;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Faults;
using RaftKv.Engine.Storage;
using RaftKv.Node.Observability;
using RaftKv.Node.Options;
using RaftKv.Node.Services;
using RaftKv.Node.Transport;

namespace RaftKv.Node.Serving;

/// <summary>
/// One server, whole: engine, transport, services and web server, put together and taken apart in order. The process'
/// own affairs (signals, standard input, exit codes) are the serve command's; tests run several of these in one process.
/// </summary>
internal sealed partial class NodeServer : IAsyncDisposable
{
    private readonly ServerConfig _config;
    private readonly FileLog _log;
    private readonly LoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly ServerStopping _stopping = new();
    private readonly FaultMatrix _matrix;
    private readonly Lock _configurationLock = new();
    private RaftNode? _node;
    private readonly ReadyGate _ready;
    private DataDirectoryLock? _directoryLock;
    private GrpcPeerTransport? _transport;
    private WebApplication? _web;
    private bool _disposed;
    private bool _isToldRemoved;
    private DateTimeOffset _fullSince;

    private NodeServer(ServerConfig config)
    {
        _config = config;
        _log = new FileLog(Path.Combine(config.DataPath, ServerFiles.TextLog), config.Options.MaxTextLogBytes);
        _loggers = new LoggerFactory([_log], new LoggerFilterOptions { MinLevel = LogLevel.Trace });
        _logger = _loggers.CreateLogger<NodeServer>();
        _matrix = new FaultMatrix(config.Members.Select(m => new NodeId(m.Id)));
        _ready = new ReadyGate(config.Name, _matrix);
    }

    /// <summary>The engine.</summary>
    public RaftNode Node => _node ?? throw new InvalidOperationException("The server has not started.");

    /// <summary>Where exits are asked for.</summary>
    public ServerExit Exit { get; } = new();

    /// <summary>Where it listens.</summary>
    public Uri Endpoint => new($"http://{(_config.ListenAddress.Contains(':') ? $"[{_config.ListenAddress}]" : _config.ListenAddress)}:{_config.Port}");

    /// <summary>
    /// Listens, recovers from disk, and connects to the peers. While it recovers, which can take long, no matter who asks is told
    /// that it is not ready, and faults can be put in force already.
    /// </summary>
    /// <param name="config">A config without faults, with an absolute data path.</param>
    /// <param name="recovering">Waited for before the recovery begins; for tests that look at that moment.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="StartException">It cannot start; the message says what to do.</exception>
    public static async Task<NodeServer> StartAsync(ServerConfig config, Func<Task>? recovering = null, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(config.DataPath))
        {
            throw NotInitialised(config);
        }

        NodeServer server;
        try
        {
            server = new NodeServer(config);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(config, $"The text log {Path.Combine(config.DataPath, ServerFiles.TextLog)} cannot be written", e);
        }

        try
        {
            await server.StartPartsAsync(recovering, cancellationToken);
            return server;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var start = Unusable(config, $"The data directory {config.DataPath} cannot be used", e);
            server.LogStartFailed(start.Message);
            await server.DisposeAsync();
            throw start;
        }
        catch (OutOfMemoryException e)
        {
            var start = OutOfMemory(config, e);
            server.LogStartFailed(start.Message);
            await server.DisposeAsync();
            throw start;
        }
        catch (Exception e)
        {
            // The process says it in a line; where no one foresaw it, the log has all of it.
            server.LogStartFailed(e is StartException ? e.Message : e.ToString());
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.BeginAsync();
        if (_transport is not null)
        {
            await _transport.DisposeAsync();
        }

        if (_web is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _web.StopAsync(patience.Token);
        }

        if (_node is not null)
        {
            await _node.DisposeAsync();
        }

        if (_web is not null)
        {
            await _web.DisposeAsync();
        }

        _directoryLock?.Dispose();
        LogStopped();
        _loggers.Dispose();
        _log.Dispose();
        _stopping.Dispose();
    }

    private async Task StartPartsAsync(Func<Task>? recovering, CancellationToken cancellationToken)
    {
        LogStarting(_config.Name, ServerFacts.Build, Environment.ProcessId, _config.DataPath);
        var identity = ReadIdentity();
        _directoryLock = TakeDirectory();
        LoadMatrix();
        var raft = ConsensusOptions.From(_config, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
        var peers = new PeerTransportOptions
        {
            ClusterId = identity.ClusterId,
            Self = raft.Id,
            Incarnation = identity.Incarnation,
            Peers = _config.Members.ToDictionary(m => new NodeId(m.Id), m => m.Endpoint),
            RpcTimeout = raft.RpcTimeout,
            ElectionTimeoutLower = raft.ElectionTimeoutLower,
            MaxEntryBytes = ConsensusOptions.LargestEntryBytes,
        };
        _transport = new GrpcPeerTransport(peers, _loggers);
        var health = new HealthServiceImpl();
        health.SetStatus("", HealthCheckResponse.Types.ServingStatus.NotServing);
        _web = BuildWeb(identity, peers, health);
        await ListenAsync(_web, cancellationToken);
        await (recovering?.Invoke() ?? Task.CompletedTask);
        _node = StartNode(raft, _transport);
        _node.RoleChanged += c => LogRoleChanged(c.Role, c.Term, c.Leader.IsNone ? "unknown" : c.Leader.ToString());
        _node.WentOn += how => LogWentOn(how.Code, how.Message);
        _node.ConfigurationChanged += _ => UseConfiguration();
        _node.SnapshotDamaged += LogSnapshotDamaged;
        _node.SnapshotRefused += LogSnapshotRefused;
        _node.RoomChanged += TellOfRoom;
        UseConfiguration();
        var status = _node.Status;
        LogRecovered(status.Term, status.Last, status.AppliedIndex);
        _ready.Open();
        health.SetStatus("", HealthCheckResponse.Types.ServingStatus.Serving);
        _transport.Start(
            () =>
            {
                var now = _node.Status;
                return (now.Term, now.DurableIndex);
            },
            new PeerReports(_node.ReportLost, TakeRemoval));
        LogReady(Endpoint);
    }

    /// <summary>
    /// Lets transport and faults follow the membership. Reads it again under the lock, so that anyone who comes last, this
    /// start or the loop that runs already, puts the newest one in force.
    /// </summary>
    private void UseConfiguration()
    {
        lock (_configurationLock)
        {
            var status = Node.Status;
            var isCommitted = status.ConfigurationIndex <= status.CommitIndex && status.ConfigurationIndex > LogIndex.Zero;
            LogConfiguration(status.Configuration.ToString(), status.ConfigurationIndex, isCommitted);
            _matrix.Include(status.Configuration.Members.Select(m => m.Id));
            _transport!.Use(status.Configuration, Node.Peers);
            if (isCommitted && status.Configuration.Find(new NodeId(_config.Id)) is null && _config.Id <= status.Configuration.HighestId.Value)
            {
                LogRemoved(status.ConfigurationIndex);
            }
        }
    }

    /// <summary>
    /// A peer refuses this server because a committed change has removed it. It may not have heard of that itself, and may
    /// lead an older term: the refusal stands for the answer that no stream can bring any more (E16).
    /// </summary>
    private void TakeRemoval(NodeId peer, Term term, string words)
    {
        if (Interlocked.Exchange(ref _isToldRemoved, true) is false)
        {
            LogToldRemoved(peer, term, words);
        }

        Node.Receive(new VoteResponse(peer, new NodeId(_config.Id), term, Granted: false));
    }

    private RaftNode StartNode(RaftOptions raft, GrpcPeerTransport transport)
    {
        try
        {
            IDisk disk = _config.LoseUnsyncedOnKill ? new LoseUnsyncedOnKill(RealDisk.Instance) : RealDisk.Instance;
            return RaftNode.Start(new RaftNodeOptions
            {
                DataDirectory = _config.DataPath,
                DirectoryLock = _directoryLock,
                Raft = raft,
                Disk = TestFaults.Decorate(disk),
                Transport = transport,
                Faults = new FaultGate(_matrix),
                MaxSessions = _config.Options.MaxSessions,
                GroupCommitBytes = _config.Options.GroupCommit ? GroupCommit.DefaultBatchBytes : 1,
                MaxInputsPerTurn = _config.Options.MaxInputsPerTurn,
                SnapshotThresholdEntries = _config.Options.SnapshotThresholdEntries,
                SnapshotThresholdBytes = _config.Options.SnapshotThresholdBytes,
                SnapshotChunkBytes = _config.Options.SnapshotChunkBytes,
                SnapshotWindowBytes = _config.Options.SnapshotWindowBytes,
                OpenLog = _config.Options.Storage == "Json" ? JsonLog.Open : null,
            });
        }
        catch (InvalidDataException e)
        {
            throw new StartException(ExitCode.DataUnusable, e.Message, e);
        }
    }

    /// <summary>An agent that starts a server again in the middle of an experiment leaves the faults in force here.</summary>
    private void LoadMatrix()
    {
        var path = Path.Combine(_config.DataPath, ServerFiles.FaultMatrix);
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            var matrix = MatrixReply.Parser.ParseJson(File.ReadAllText(path));
            FaultTranslation.Load(matrix, _matrix);
            LogMatrixLoaded(matrix.Links.Count, matrix.Muted);
        }
        catch (Exception e) when (e is Google.Protobuf.InvalidProtocolBufferException or ArgumentException or FormatException)
        {
            throw new StartException(ExitCode.ConfigInvalid, $"The fault matrix {path} cannot be used: {e.Message} Delete it to start without faults.", e);
        }

        File.Delete(path);
    }
}
