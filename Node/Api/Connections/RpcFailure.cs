using Google.Protobuf;
using Grpc.Core;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Connections;

/// <summary>
/// What a failed call tells: why, and whether the server may have acted on it. The second question decides between
/// "not done" and "outcome unknown": only the server's own word, its <see cref="ErrorDetail"/>, says that nothing was done,
/// or that no connection ever took the request. A status without that word may come from anything on the way.
/// </summary>
internal sealed class RpcFailure
{
    private readonly RpcException _exception;

    public RpcFailure(RpcException exception)
    {
        _exception = exception;
        Detail = ReadDetail(exception);
        NeverConnected = exception.Status.DebugException is NeverSentException;
    }

    /// <summary>What the server said, or null when the connection or something between failed.</summary>
    public ErrorDetail? Detail { get; }

    /// <summary>No connection came about: the server did not see the request.</summary>
    public bool NeverConnected { get; }

    public ErrorCode Code => Detail?.Code ?? ErrorCode.Unspecified;

    public StatusCode Status => _exception.StatusCode;

    /// <summary>The request was certainly not appended.</summary>
    public bool CertainlyNotDone => NeverConnected || Code is ErrorCode.NotLeader or ErrorCode.Overloaded or ErrorCode.NotReady
        or ErrorCode.WrongCluster or ErrorCode.InvalidArgument or ErrorCode.KeyTooLarge or ErrorCode.ValueTooLarge or ErrorCode.Denied
        or ErrorCode.ServerNotFound or ErrorCode.SessionUnknown;

    /// <summary>
    /// The server belongs to another cluster: it has the port that one of this cluster's had. That says nothing about the
    /// other servers, and the one that is missing may come back.
    /// </summary>
    public bool IsForeign => Code == ErrorCode.WrongCluster;

    /// <summary>No other server and no later time would answer differently.</summary>
    public bool IsFinal => Code switch
    {
        ErrorCode.VersionMismatch or ErrorCode.KeyNotFound or ErrorCode.KeyTooLarge or ErrorCode.ValueTooLarge
            or ErrorCode.InvalidArgument or ErrorCode.Denied
            or ErrorCode.ChaosDisabled or ErrorCode.PartitionInvalid => true,
        ErrorCode.Unspecified => Status is StatusCode.Unimplemented or StatusCode.InvalidArgument,
        _ => false,
    };

    /// <summary>A failure with a detail, as if it had come as a status with its trailer.</summary>
    public static RpcException Make(StatusCode status, ErrorDetail? detail) => detail is null
        ? new(new Status(status, ""))
        : new(new Status(status, detail.Message), new Metadata { { ProtocolConstants.ErrorTrailer, detail.ToByteArray() } });

    /// <summary>What it said, in a few words, for lists of servers.</summary>
    public string Describe() => this switch
    {
        { Detail: { } detail } => detail.Code switch
        {
            ErrorCode.NotLeader when detail.LeaderId != 0 => $"not the leader, points to server {detail.LeaderId}",
            ErrorCode.NotLeader => "not the leader, knows none",
            _ => detail.Message.Length == 0 ? detail.Code.ToString() : detail.Message,
        },
        { NeverConnected: true } => "connection refused or not reachable",
        { Status: StatusCode.Cancelled or StatusCode.DeadlineExceeded } => "did not answer in time",
        { Status: StatusCode.Unavailable } => "connection lost",
        { Status: StatusCode.ResourceExhausted } => "the connection was reset by something that is too busy",
        _ => $"{_exception.StatusCode}: {_exception.Status.Detail}",
    };

    /// <summary>The typed failure that callers see.</summary>
    public RaftKvException ToException(string who)
    {
        var text = Detail is { Message.Length: > 0 } ? Detail.Message : $"{who}: {Describe()}.";
        return new RaftKvException(Kind(), text, _exception)
        {
            ActualVersion = Detail?.ActualVersion ?? 0,
            Limit = Detail?.Limit ?? 0,
            IsDataUnusable = Detail?.DataUnusable ?? false,
            LogTail = Detail is null ? [] : [.. Detail.LogTail],
        };
    }

    /// <summary>A code's kind has its name, where callers have to tell it from others.</summary>
    private ErrorKind Kind() => Code switch
    {
        ErrorCode.NotLeader or ErrorCode.NotReady => ErrorKind.NoLeader,
        ErrorCode.SessionUnknown or ErrorCode.SequenceForgotten => ErrorKind.OutcomeUnknown,
        var code when Enum.IsDefined(code) && Enum.TryParse(code.ToString(), out ErrorKind same) => same,
        _ => Status switch
        {
            _ when _exception.Status.DebugException is not null => ErrorKind.ServerUnreachable,
            StatusCode.ResourceExhausted or StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled => ErrorKind.ServerUnreachable,
            StatusCode.Unauthenticated or StatusCode.PermissionDenied => ErrorKind.Denied,
            StatusCode.InvalidArgument => ErrorKind.InvalidArgument,
            _ => ErrorKind.Unexpected,
        },
    };

    private static ErrorDetail? ReadDetail(RpcException exception)
    {
        var bytes = exception.Trailers.GetValueBytes(ProtocolConstants.ErrorTrailer);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            return ErrorDetail.Parser.ParseFrom(bytes);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
