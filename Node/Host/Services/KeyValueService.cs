using Google.Protobuf;
using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Core.Kv;
using RaftKv.Engine.Driver;
using CoreCondition = RaftKv.Core.Kv.Condition;
using WireCondition = RaftKv.Api.Protocol.Condition;

namespace RaftKv.Node.Services;

/// <summary>
/// The key-value store for clients: checks a request, turns it into a command or a read, and the engine's answer into
/// a reply. Holds no state.
/// </summary>
/// <param name="node">The server.</param>
/// <param name="gate">What requests pass first.</param>
/// <param name="maxValueBytes">The largest key and value together.</param>
/// <param name="maxSessions">How many sessions a new one leaves.</param>
internal sealed class KeyValueService(RaftNode node, RequestGate gate, int maxValueBytes, int maxSessions) : KeyValue.KeyValueBase
{
    /// <summary>Pairs in a page when the request does not say.</summary>
    public const int DefaultPagePairs = 1000;

    /// <summary>The most pairs in a page.</summary>
    public const int MaxPagePairs = 10_000;

    /// <summary>A page ends after the pair with which it exceeds this.</summary>
    public const int MaxPageBytes = 4 * 1024 * 1024;

    /// <inheritdoc/>
    public override Task<OpenSessionReply> OpenSession(OpenSessionRequest request, ServerCallContext context) =>
        gate.RunAsync(request.Header, context, async () =>
        {
            var reply = await WriteAsync(new Command { Kind = CommandKind.OpenSession, MaxSessions = maxSessions }, context);
            return new OpenSessionReply { SessionId = reply.Revision };
        });

    /// <inheritdoc/>
    public override Task<CloseSessionReply> CloseSession(CloseSessionRequest request, ServerCallContext context) =>
        gate.RunAsync(request.Header, context, async () =>
        {
            await WriteAsync(new Command { Kind = CommandKind.CloseSession, SessionId = request.SessionId }, context);
            return new CloseSessionReply();
        });

    /// <inheritdoc/>
    public override Task<WriteReply> Put(PutRequest request, ServerCallContext context) =>
        gate.RunAsync(request.Header, context, () => PutAsync(request, context));

    /// <inheritdoc/>
    public override Task<WriteReply> Delete(DeleteRequest request, ServerCallContext context) =>
        gate.RunAsync(request.Header, context, () => DeleteAsync(request, context));

    /// <inheritdoc/>
    public override Task<WriteManyReply> WriteMany(WriteManyRequest request, ServerCallContext context) =>
        gate.RunAsync(
            request.Header,
            context,
            async () =>
            {
                var reply = new WriteManyReply();
                reply.Outcomes.AddRange(await Task.WhenAll(request.Writes.Select(write => OutcomeAsync(write, context))));
                return reply;
            },
            Math.Max(1, request.Writes.Count));

    /// <inheritdoc/>
    public override Task<GetReply> Get(GetRequest request, ServerCallContext context) =>
        gate.RunAsync(request.Header, context, async () =>
        {
            RequireKey(request.Key);
            var view = await ReadAsync(request.Consistency, context);
            var reply = new GetReply { AppliedIndex = view.Applied.Value };
            if (view.Get(request.Key.Memory) is { } pair)
            {
                reply.Pair = ToPair(pair, keysOnly: false);
            }

            return reply;
        });

    /// <inheritdoc/>
    public override Task<RangeReply> Range(RangeRequest request, ServerCallContext context) =>
        gate.RunAsync(request.Header, context, async () =>
        {
            if (request.Limit < 0)
            {
                throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"The limit is {request.Limit}: choose at least 1, or 0 for the default.");
            }

            var limit = Math.Min(request.Limit == 0 ? DefaultPagePairs : request.Limit, MaxPagePairs);
            return ReadPage(await ReadAsync(request.Consistency, context), request, limit);
        });

    private static RangeReply ReadPage(KvView view, RangeRequest request, int limit)
    {
        var reply = new RangeReply { AppliedIndex = view.Applied.Value };
        var bytes = 0L;
        var from = request.From.IsEmpty ? request.Prefix : request.From;
        foreach (var pair in view.Scan(request.Prefix.Memory, from.Memory))
        {
            if (reply.Pairs.Count == limit || bytes > MaxPageBytes)
            {
                reply.Next = UnsafeByteOperations.UnsafeWrap(pair.Key);
                break;
            }

            reply.Pairs.Add(ToPair(pair, request.KeysOnly));
            bytes += pair.Key.Length + (request.KeysOnly ? 0 : pair.Value.Length);
        }

        return reply;
    }

    /// <summary>One of many writes. Its failure is its own and ends no other.</summary>
    private async Task<WriteOutcome> OutcomeAsync(OneWrite write, ServerCallContext context)
    {
        try
        {
            return new WriteOutcome
            {
                Done = write.KindCase switch
                {
                    OneWrite.KindOneofCase.Put => await PutAsync(write.Put, context),
                    OneWrite.KindOneofCase.Delete => await DeleteAsync(write.Delete, context),
                    _ => throw ServiceErrors.Of(ErrorCode.InvalidArgument, "One of the writes is neither a put nor a delete."),
                },
            };
        }
        catch (RpcException e)
        {
            return new WriteOutcome { Refusal = ServiceErrors.ToRefusal(e) };
        }
    }

    private async Task<WriteReply> PutAsync(PutRequest request, ServerCallContext context)
    {
        RequireKey(request.Key);
        RequireSize(request.Key.Length + (long)request.Value.Length);
        return ToWriteReply(await WriteAsync(
            Stamp(request.Session, CommandKind.Put, request.Key, request.Condition) with { Value = request.Value.Memory }, context));
    }

    private async Task<WriteReply> DeleteAsync(DeleteRequest request, ServerCallContext context)
    {
        RequireKey(request.Key);
        return ToWriteReply(await WriteAsync(
            Stamp(request.Session, CommandKind.Delete, request.Key, request.Condition), context));
    }

    private async Task<Reply> WriteAsync(Command command, ServerCallContext context)
    {
        ProposalResult result;
        try
        {
            result = await node.ProposeAsync(CommandCodec.Encode(command), context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw ServiceErrors.OutcomeUnknown(deadlinePassed: true);
        }

        return result.Outcome switch
        {
            ProposalOutcome.Applied => ServiceErrors.Of(result.Reply) is { } error ? throw error : result.Reply,
            ProposalOutcome.Refused => throw ServiceErrors.Of(result.Refusal, result.Leader, maxValueBytes, node.WaitForRoom),
            _ => throw ServiceErrors.OutcomeUnknown(deadlinePassed: false),
        };
    }

    private async Task<KvView> ReadAsync(Consistency consistency, ServerCallContext context)
    {
        ReadResult result;
        try
        {
            result = await node.ReadAsync(ToCore(consistency), context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "The time ran out before the read could be served."));
        }

        return result.View ?? throw ServiceErrors.Of(result.Refusal, result.Leader, maxValueBytes, node.WaitForRoom);
    }

    private static Core.Consensus.ReadConsistency ToCore(Consistency consistency) => consistency switch
    {
        Consistency.Linearizable => Core.Consensus.ReadConsistency.Linearizable,
        Consistency.Lease => Core.Consensus.ReadConsistency.Lease,
        Consistency.Stale => Core.Consensus.ReadConsistency.Stale,
        _ => throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"This server knows no consistency number {(int)consistency}."),
    };

    private static Command Stamp(SessionStamp? stamp, CommandKind kind, ByteString key, WireCondition? condition) => new()
    {
        Kind = kind,
        SessionId = stamp?.SessionId ?? 0,
        Sequence = stamp?.Sequence ?? 0,
        AcknowledgedBelow = stamp?.AcknowledgedBelow ?? 0,
        Key = key.Memory,
        Condition = condition?.KindCase switch
        {
            WireCondition.KindOneofCase.Version => new CoreCondition(ConditionKind.Version, condition.Version, default),
            WireCondition.KindOneofCase.Value => new CoreCondition(ConditionKind.Value, 0, condition.Value.Memory),
            _ => CoreCondition.None,
        },
    };

    private static void RequireKey(ByteString key)
    {
        if (key.IsEmpty)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, "The key is empty: it must have at least 1 byte.");
        }

        if (key.Length > CommandCodec.MaxKeyBytes)
        {
            throw ServiceErrors.Of(new ErrorDetail
            {
                Code = ErrorCode.KeyTooLarge,
                Message = $"The key has {key.Length} bytes: at most {CommandCodec.MaxKeyBytes} are allowed.",
                Limit = CommandCodec.MaxKeyBytes,
            });
        }
    }

    private void RequireSize(long bytes)
    {
        if (bytes > maxValueBytes)
        {
            throw ServiceErrors.Of(new ErrorDetail
            {
                Code = ErrorCode.ValueTooLarge,
                Message = $"Key and value together have {bytes} bytes: at most {maxValueBytes} are allowed.",
                Limit = maxValueBytes,
            });
        }
    }

    private static WriteReply ToWriteReply(in Reply reply) => new()
    {
        Revision = reply.Revision,
        CreateRevision = reply.CreateRevision,
        ModifyRevision = reply.ModifyRevision,
        Version = reply.Version,
    };

    private static Pair ToPair(Core.Kv.KeyValuePair pair, bool keysOnly) => new()
    {
        Key = UnsafeByteOperations.UnsafeWrap(pair.Key),
        Value = keysOnly ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(pair.Value),
        CreateRevision = pair.CreateRevision,
        ModifyRevision = pair.ModifyRevision,
        Version = pair.Version,
    };
}
