using Google.Protobuf;
using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Faults;
using RaftKv.Node.Inspect;
using RaftKv.Node.Observability;
using RaftKv.Node.Transport;

namespace RaftKv.Node.Services;

/// <summary>Looks into this server and steers it. Answers even when the server is muted.</summary>
internal sealed partial class AdminService(
    RaftNode node,
    ServerFacts facts,
    RequestGate gate,
    GrpcPeerTransport transport,
    FaultMatrix matrix,
    FileLog log,
    ServerExit exit,
    ILogger<AdminService> logger) : Admin.AdminBase
{
    /// <summary>The most records in one page of the log.</summary>
    public const int MaxLogRecords = 1000;

    /// <summary>A page of the log ends after the record with which it exceeds this.</summary>
    public const int MaxLogPageBytes = 8 * 1024 * 1024;

    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    public override Task<ServerStatus> Status(StatusRequest request, ServerCallContext context)
    {
        gate.RequireCluster(request.Header);
        var status = node.Status;
        var view = node.View;
        var reply = new ServerStatus
        {
            ClusterId = facts.Identity.ClusterId,
            ServerId = facts.Identity.ServerId,
            Name = facts.Config.Name,
            Role = ToWire(status.Role),
            Term = status.Term.Value,
            LeaderId = status.Leader.Value,
            CommitIndex = Math.Max(status.CommitIndex.Value, view.Applied.Value),
            AppliedIndex = view.Applied.Value,
            LastIndex = status.Last.Index.Value,
            LastTerm = status.Last.Term.Value,
            DurableIndex = status.DurableIndex.Value,
            Incarnation = facts.Identity.Incarnation,
            ProcessId = Environment.ProcessId,
            StartedUnixMs = facts.StartedUtc.ToUnixTimeMilliseconds(),
            Build = ServerFacts.Build,
            StateHash = view.StateHash,
            KeyCount = view.Count,
            DataPath = facts.Config.DataPath,
            LogPath = facts.LogPath,
            HaltCode = status.Halt?.Code ?? "",
            HaltMessage = status.Halt?.Message ?? "",
            Muted = matrix.IsMuted,
            Revision = view.Revision,
            Removed = transport.Removal,
            Waiting = status.Waiting,
        };
        reply.ConfigurationIndex = status.ConfigurationIndex.Value;
        reply.SnapshotIndex = status.Snapshot.Index.Value;
        reply.SnapshotTerm = status.Snapshot.Term.Value;
        reply.FirstIndex = status.FirstIndex.Value;
        reply.HighestId = status.Configuration.HighestId.Value;
        foreach (var member in status.Configuration.Members)
        {
            reply.Members.Add(new MemberStatus
            {
                ServerId = member.Id.Value,
                Endpoint = member.Address,
                IsVoter = member.IsVoter,
                Incarnation = member.Incarnation,
            });
            if (member.Id.Value != facts.Identity.ServerId)
            {
                reply.Peers.Add(new PeerStatus { ServerId = member.Id.Value, Connected = transport.IsConnected(member.Id) });
            }
        }

        return Task.FromResult(reply);
    }

    /// <inheritdoc/>
    public override Task<IsLeaderReply> IsLeader(IsLeaderRequest request, ServerCallContext context)
    {
        gate.RequireCluster(request.Header);
        var status = node.Status;
        return Task.FromResult(new IsLeaderReply
        {
            IsLeader = status.Role == Role.Leader,
            LeaderId = status.Leader.Value,
            Term = status.Term.Value,
            Waiting = status.Waiting,
        });
    }

    /// <inheritdoc/>
    public override async Task<ReadLogReply> ReadLog(ReadLogRequest request, ServerCallContext context)
    {
        gate.RequireCluster(request.Header);
        if (request.FirstIndex < 0 || request.MaxCount < 0)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, "The first index and the count must not be negative.");
        }

        var count = Math.Min(request.MaxCount == 0 ? MaxLogRecords : request.MaxCount, MaxLogRecords);
        var entries = await node.ReadLogAsync(new LogIndex(Math.Max(1, request.FirstIndex)), count, context.CancellationToken);
        var status = node.Status;
        var reply = new ReadLogReply { LastIndex = status.Last.Index.Value };
        var bytes = 0L;
        foreach (var entry in entries)
        {
            if (bytes > MaxLogPageBytes)
            {
                break;
            }

            reply.Records.Add(LogRecords.Of(entry, status.CommitIndex));
            bytes += entry.SizeBytes;
        }

        reply.FirstIndex = reply.Records.Count > 0 ? reply.Records[0].Index : 0;
        return reply;
    }

    /// <inheritdoc/>
    public override Task<SetLogLevelReply> SetLogLevel(SetLogLevelRequest request, ServerCallContext context)
    {
        gate.RequireCluster(request.Header);
        if (!Enum.TryParse<LogLevel>(request.Level, ignoreCase: true, out var level) || !Enum.IsDefined(level))
        {
            throw ServiceErrors.Of(
                ErrorCode.InvalidArgument,
                $"There is no log level '{request.Level}': choose one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
        }

        log.SetLevel(request.Category, level);
        LogLevelChanged(request.Category, level);
        return Task.FromResult(new SetLogLevelReply());
    }

    /// <inheritdoc/>
    public override async Task<TransferReply> Transfer(TransferRequest request, ServerCallContext context)
    {
        gate.RequireCluster(request.Header);
        var target = new NodeId(request.TargetId);
        var ended = await node.TransferAsync(target, context.CancellationToken);
        if (ServiceErrors.Of(ended, target) is { } failure)
        {
            throw failure;
        }

        LogTransferred(ended.Leader, ended.Term);
        return new TransferReply { LeaderId = ended.Leader.Value, Term = ended.Term.Value };
    }

    /// <inheritdoc/>
    public override Task<MembershipReply> AddMember(AddMemberRequest request, ServerCallContext context)
    {
        if (!Uri.TryCreate(request.Endpoint, UriKind.Absolute, out var endpoint) || endpoint.Scheme != Uri.UriSchemeHttp || request.ServerId < 0)
        {
            throw ServiceErrors.Of(
                ErrorCode.InvalidArgument, $"Server {request.ServerId} at '{request.Endpoint}' cannot be added: give an id from 1, or 0, and http://HOST:PORT.");
        }

        return ChangeAsync(request.Header, new AddLearner(endpoint.ToString(), new NodeId(request.ServerId), request.Incarnation), context);
    }

    /// <inheritdoc/>
    public override Task<MembershipReply> PromoteMember(PromoteMemberRequest request, ServerCallContext context) =>
        ChangeAsync(request.Header, new PromoteLearner(new NodeId(request.ServerId)), context);

    /// <inheritdoc/>
    public override Task<MembershipReply> RemoveMember(RemoveMemberRequest request, ServerCallContext context) =>
        ChangeAsync(request.Header, new RemoveMember(new NodeId(request.ServerId)), context);

    /// <inheritdoc/>
    public override async Task<CheckpointReply> Checkpoint(CheckpointRequest request, ServerCallContext context)
    {
        gate.RequireCluster(request.Header);
        var ended = await SnapshotSource.TakeAsync(node, context.CancellationToken);
        return ended.IsOff
            ? throw ServiceErrors.Of(
                ErrorCode.InvalidArgument, "This server keeps its log as JSON and takes no snapshots: use the write-ahead log (Storage = Wal).")
            : new CheckpointReply { SnapshotIndex = ended.Last.Index.Value, SnapshotTerm = ended.Last.Term.Value };
    }

    /// <inheritdoc/>
    public override async Task Backup(BackupRequest request, IServerStreamWriter<BackupPart> responseStream, ServerCallContext context)
    {
        gate.RequireCluster(request.Header);
        if (request.Complete)
        {
            await RequireLeadershipAsync(context.CancellationToken);
        }

        using var snapshot = await SnapshotSource.OpenNewestAsync(node, facts.Config.DataPath, context.CancellationToken);
        var part = new BackupPart { SnapshotIndex = snapshot.Last.Index.Value, SnapshotTerm = snapshot.Last.Term.Value };
        while (await snapshot.ReadAsync(context.CancellationToken) is { IsEmpty: false } bytes)
        {
            part.Bytes = UnsafeByteOperations.UnsafeWrap(bytes);
            await responseStream.WriteAsync(part, context.CancellationToken);
            part = new BackupPart();
        }
    }

    /// <summary>Only a leader that a majority has just confirmed has applied all that was acknowledged before.</summary>
    private async Task RequireLeadershipAsync(CancellationToken cancellationToken)
    {
        var status = node.Status;
        if (status.Role != Role.Leader)
        {
            throw ServiceErrors.NotLeader(status.Leader);
        }

        try
        {
            var read = await node.ReadAsync(ReadConsistency.Linearizable, cancellationToken);
            if (read.View is null)
            {
                throw ServiceErrors.Of(read.Refusal, read.Leader, 0, node.WaitForRoom);
            }
        }
        catch (OperationCanceledException)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "The time ran out before a majority confirmed that this server leads."));
        }
    }

    private async Task<MembershipReply> ChangeAsync(RequestHeader? header, MembershipChange change, ServerCallContext context)
    {
        gate.RequireCluster(header);
        MembershipEnded ended;
        try
        {
            ended = await node.ChangeMembershipAsync(change, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw ServiceErrors.MembershipUnknown();
        }

        if (ServiceErrors.Of(ended) is { } failure)
        {
            throw failure;
        }

        LogMembershipChanged(change, ended.Server, ended.Index);
        return new MembershipReply { ServerId = ended.Server.Value, Index = ended.Index.Value };
    }

    /// <inheritdoc/>
    public override Task<ExitReply> Exit(ExitRequest request, ServerCallContext context)
    {
        gate.RequireCluster(request.Header);
        if (request.ExitCode is < 0 or > 255)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"The exit code is {request.ExitCode}: choose 0 to 255.");
        }

        LogExit(request.ExitCode);
        context.GetHttpContext().Response.OnCompleted(() =>
        {
            exit.Request(request.ExitCode);
            return Task.CompletedTask;
        });
        return Task.FromResult(new ExitReply());
    }

    private static ServerRole ToWire(Role role) => role switch
    {
        Role.Leader => ServerRole.Leader,
        Role.Candidate => ServerRole.Candidate,
        Role.PreCandidate => ServerRole.PreCandidate,
        _ => ServerRole.Follower,
    };

    [LoggerMessage(EventIds.ExitAsked, LogLevel.Information, "Asked to exit with code {ExitCode}.")]
    private partial void LogExit(int exitCode);

    [LoggerMessage(EventIds.LeadershipTransferred, LogLevel.Information, "Leadership was handed to {Leader}, which leads term {Term}.")]
    private partial void LogTransferred(NodeId leader, Term term);

    [LoggerMessage(EventIds.MembershipChanged, LogLevel.Information, "Asked for {Change}: {Server}, committed with entry {Index}.")]
    private partial void LogMembershipChanged(MembershipChange change, NodeId server, LogIndex index);

    [LoggerMessage(EventIds.LogLevelChanged, LogLevel.Information, "Log level of '{Category}' is now {Level}.")]
    private partial void LogLevelChanged(string category, LogLevel level);
}
