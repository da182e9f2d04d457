using Google.Protobuf;
using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Node;

/// <summary>
/// How every refusal looks on the wire: a gRPC status for any client, and an <see cref="ErrorDetail"/> in a trailer for
/// ours. One table, so that the same condition never has two forms.
/// </summary>
internal static class ServiceErrors
{
    /// <summary>The gRPC status of each code. Clients of ours look at the code only.</summary>
    public static StatusCode StatusOf(ErrorCode code) => code switch
    {
        ErrorCode.NotLeader or ErrorCode.NotReady or ErrorCode.MembershipBusy => StatusCode.Unavailable,
        ErrorCode.Overloaded => StatusCode.ResourceExhausted,
        ErrorCode.OutcomeUnknown or ErrorCode.TransferFailed => StatusCode.Aborted,
        ErrorCode.VersionMismatch or ErrorCode.WrongCluster or ErrorCode.ChaosDisabled or ErrorCode.SequenceForgotten
            or ErrorCode.SessionUnknown or ErrorCode.NotCaughtUp => StatusCode.FailedPrecondition,
        ErrorCode.KeyNotFound or ErrorCode.ServerNotFound => StatusCode.NotFound,
        ErrorCode.KeyTooLarge or ErrorCode.ValueTooLarge or ErrorCode.InvalidArgument or ErrorCode.PartitionInvalid =>
            StatusCode.InvalidArgument,
        ErrorCode.Denied => StatusCode.PermissionDenied,
        _ => StatusCode.Internal,
    };

    /// <summary>The exception that makes the framework answer with a status and the detail.</summary>
    public static RpcException Of(ErrorDetail detail) => Of(StatusOf(detail.Code), detail);

    /// <summary>The same with a status of its own.</summary>
    public static RpcException Of(StatusCode status, ErrorDetail detail) =>
        new(new Status(status, detail.Message), new Metadata { { ProtocolConstants.ErrorTrailer, detail.ToByteArray() } });

    /// <summary>A refusal that needs only words.</summary>
    public static RpcException Of(ErrorCode code, string message) => Of(new ErrorDetail { Code = code, Message = message });

    /// <summary>The detail of a refusal by a server of ours, or null.</summary>
    public static ErrorDetail? DetailOf(RpcException refusal)
    {
        try
        {
            return refusal.Trailers.GetValueBytes(ProtocolConstants.ErrorTrailer) is { } detail ? ErrorDetail.Parser.ParseFrom(detail) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>The same inside a reply, where a call carries several writes of which only some are refused.</summary>
    public static WriteRefusal ToRefusal(RpcException exception) => new()
    {
        Status = (int)exception.StatusCode,
        Detail = DetailOf(exception) ?? new ErrorDetail { Message = exception.Status.Detail },
    };

    /// <summary>Why the engine refused a proposal or a read.</summary>
    /// <param name="reason">The engine's reason.</param>
    /// <param name="leader">Who leads, as far as known.</param>
    /// <param name="limit">The largest key and value together, in bytes.</param>
    /// <param name="waitForRoom">What the server does while its disk is full, in words that name the disk.</param>
    public static RpcException Of(RefusalReason reason, NodeId leader, long limit, string waitForRoom) => reason switch
    {
        RefusalReason.NotLeader => NotLeader(leader),
        RefusalReason.Transferring => NotLeader(NodeId.None),
        RefusalReason.TooLarge => Of(new ErrorDetail
        {
            Code = ErrorCode.ValueTooLarge,
            Message = $"Key and value together exceed {limit} bytes.",
            Limit = limit,
        }),
        RefusalReason.DiskFull => Of(ErrorCode.Overloaded,
            $"This server {waitForRoom}; nothing was done. Make room: it goes on by itself."),
        _ => Of(ErrorCode.Overloaded, "This server has too much uncommitted or unread; nothing was done."),
    };

    /// <summary>Another server leads, or none.</summary>
    public static RpcException NotLeader(NodeId leader) => Of(new ErrorDetail
    {
        Code = ErrorCode.NotLeader,
        Message = leader.IsNone ? "This server does not lead and knows no leader." : $"This server does not lead; {leader} does.",
        LeaderId = leader.Value,
    });

    /// <summary>Why leadership was not handed over, or null when it was.</summary>
    public static RpcException? Of(in TransferEnded ended, NodeId target) => ended.Outcome switch
    {
        TransferOutcome.Done => null,
        TransferOutcome.NotLeader => NotLeader(ended.Leader),
        TransferOutcome.UnknownTarget => Of(
            ErrorCode.ServerNotFound,
            target.IsNone ? "There is no other server to hand leadership to." : $"{target} is no voting member of this cluster."),
        TransferOutcome.Busy => TransferFailed(ended.Leader, "Leadership is being handed over already."),
        TransferOutcome.AnotherLeads => TransferFailed(ended.Leader, $"{ended.Leader} was elected instead of the server that was to lead."),
        _ => TransferFailed(ended.Leader, "The server that was to lead did not take over within an election timeout."),
    };

    /// <summary>Why the membership was not changed, or null when it was.</summary>
    public static RpcException? Of(in MembershipEnded ended) => ended.Outcome switch
    {
        MembershipOutcome.Done => null,
        MembershipOutcome.NotLeader => NotLeader(ended.Leader),
        MembershipOutcome.NotReady or MembershipOutcome.Transferring => Of(
            ErrorCode.NotReady, "This server has just begun to lead or hands leadership over: ask again in a moment. Nothing was changed."),
        MembershipOutcome.InProgress => Of(
            ErrorCode.MembershipBusy, "An earlier change of the membership is not committed yet, and only one is made at a time. Nothing was changed."),
        MembershipOutcome.NotCaughtUp => Of(
            ErrorCode.NotCaughtUp, $"{ended.Server} has not caught up with the log yet, so it stays a learner. Ask again when it has."),
        MembershipOutcome.UnknownServer => Of(ErrorCode.ServerNotFound, $"{ended.Server} is no member of this cluster. Nothing was changed."),
        MembershipOutcome.Unknown => MembershipUnknown(),
        MembershipOutcome.IdUsed => Of(ErrorCode.InvalidArgument, $"{ended.Server} was given before, and ids are never given again: choose a higher one, or none."),
        MembershipOutcome.AlreadyVoter => Of(ErrorCode.InvalidArgument, $"{ended.Server} is a voter already."),
        MembershipOutcome.LastVoter => Of(ErrorCode.InvalidArgument, $"{ended.Server} is the only voter: a cluster keeps at least one."),
        _ => Of(ErrorCode.InvalidArgument, $"The cluster has {Configuration.MaxMembers} servers already, or the address is too long. Nothing was changed."),
    };

    /// <summary>A change is in the log, but whether it commits is not known here.</summary>
    public static RpcException MembershipUnknown() => Of(
        ErrorCode.OutcomeUnknown, "The change of the membership was not committed while this server led or the caller waited: it may or may not come into force.");

    /// <summary>The write is in the log, but whether it commits is not known here (X4).</summary>
    /// <param name="deadlinePassed">Whether the caller's time ran out, rather than leadership.</param>
    public static RpcException OutcomeUnknown(bool deadlinePassed) => Of(
        deadlinePassed ? StatusCode.DeadlineExceeded : StatusCode.Aborted,
        new ErrorDetail
        {
            Code = ErrorCode.OutcomeUnknown,
            Message = deadlinePassed
                ? "The time ran out before the write was applied: it may or may not happen."
                : "This server lost leadership before the write was applied: it may or may not happen.",
        });

    private static RpcException TransferFailed(NodeId leader, string message) =>
        Of(new ErrorDetail { Code = ErrorCode.TransferFailed, Message = message, LeaderId = leader.Value });

    /// <summary>What the state machine's answer means for the client, or null when it is a success.</summary>
    public static RpcException? Of(in Reply reply) => reply.Status switch
    {
        ReplyStatus.Ok => null,
        ReplyStatus.KeyNotFound => Of(ErrorCode.KeyNotFound, "The key does not exist."),
        ReplyStatus.ConditionFailed => Of(new ErrorDetail
        {
            Code = ErrorCode.VersionMismatch,
            Message = reply.Version == 0
                ? "The condition did not hold: the key does not exist."
                : $"The condition did not hold: the pair has version {reply.Version}.",
            ActualVersion = reply.Version,
        }),
        ReplyStatus.SessionUnknown =>
            Of(ErrorCode.SessionUnknown, "The session is unknown here: it expired or was never opened. Whether the write was applied before is unknown."),
        ReplyStatus.SequenceForgotten =>
            Of(ErrorCode.SequenceForgotten, "The client has acknowledged the reply of this sequence number; it is gone."),
        _ => Of(ErrorCode.Unspecified, $"The state machine answered {reply.Status}."),
    };
}
