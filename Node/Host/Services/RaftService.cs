using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Node.Observability;
using RaftKv.Node.Transport;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Node.Services;

/// <summary>
/// Takes peers' streams: checks who calls whom, then hands every message on. Both kinds of stream are read alike; that
/// they are two is what keeps votes from waiting behind values.
/// </summary>
internal sealed partial class RaftService(
    PeerTransportOptions options,
    GrpcPeerTransport transport,
    RaftNode node,
    ServerStopping stopping,
    ILogger<RaftService> logger) : Wire.Raft.RaftBase
{
    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    public override Task Control(
        IAsyncStreamReader<Wire.Frame> requestStream, IServerStreamWriter<Wire.Welcome> responseStream, ServerCallContext context) =>
        ReadAsync(requestStream, responseStream, context);

    /// <inheritdoc/>
    public override Task Data(
        IAsyncStreamReader<Wire.Frame> requestStream, IServerStreamWriter<Wire.Welcome> responseStream, ServerCallContext context) =>
        ReadAsync(requestStream, responseStream, context);

    private async Task ReadAsync(
        IAsyncStreamReader<Wire.Frame> requests, IServerStreamWriter<Wire.Welcome> responses, ServerCallContext context)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping.Token);
        try
        {
            var hello = await requests.MoveNext(life.Token) ? requests.Current.Hello : null;
            var (peer, guard) = Accept(hello, context);
            await responses.WriteAsync(new Wire.Welcome { Incarnation = options.Incarnation }, life.Token);
            transport.PeerHeard(peer);
            await DeliverAsync(requests, peer, guard, context, life.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The peer went away or this server stops: its own link notices and connects again.
        }
    }

    private async Task DeliverAsync(
        IAsyncStreamReader<Wire.Frame> requests, NodeId peer, PeerGuard guard, ServerCallContext context, CancellationToken cancellationToken)
    {
        var assembler = new AppendAssembler(peer, options.Self, options.MaxEntryBytes);
        while (await requests.MoveNext(cancellationToken))
        {
            Admit(peer, guard, context);
            foreach (var envelope in requests.Current.Messages)
            {
                Message? message;
                try
                {
                    message = assembler.Accept(envelope);
                }
                catch (Exception e) when (e is InvalidDataException or OverflowException)
                {
                    LogNonsense(peer, e.Message);
                    throw ServiceErrors.Of(ErrorCode.InvalidArgument, e.Message);
                }

                if (message is not null)
                {
                    node.Receive(message);
                }
            }
        }
    }

    private (NodeId Peer, PeerGuard Guard) Accept(Wire.Hello? hello, ServerCallContext context)
    {
        if (hello is null)
        {
            throw Refuse(context, ErrorCode.InvalidArgument, "A peer's stream must begin with a hello.");
        }

        if (hello.ClusterId != options.ClusterId)
        {
            throw Refuse(context, ErrorCode.WrongCluster, $"Server {options.Self} belongs to cluster {options.ClusterId}, the caller to {hello.ClusterId}.");
        }

        if (hello.To != options.Self.Value)
        {
            throw Refuse(context, ErrorCode.ServerNotFound, $"This is server {options.Self}, the caller wants {new NodeId(hello.To)}: an endpoint is wrong.");
        }

        var peer = new NodeId(hello.From);
        var guard = new PeerGuard(node.Peers, peer, hello.Incarnation);
        Admit(peer, guard, context);
        if (peer == options.Self || peer <= NodeId.None || !transport.TryMeet(peer, hello.Endpoint))
        {
            throw Refuse(context, ErrorCode.ServerNotFound, $"The caller says that it is {peer}, which is no peer of {options.Self}.");
        }

        LogAccepted(peer, context.Peer, hello.Term, hello.LastDurableIndex);
        return (peer, guard);
    }

    /// <summary>
    /// Lets a peer's hello or its next message in, or ends its stream. What a removed server hears is no news here, and
    /// not worth a line with every attempt; with it goes the term, without which a leader that was removed while it was cut
    /// off would claim to lead forever (E16).
    /// </summary>
    private void Admit(NodeId peer, PeerGuard guard, ServerCallContext context)
    {
        Admission admission;
        try
        {
            admission = guard.Check();
        }
        catch (IOException e)
        {
            LogNotRecorded(peer, e.Message);
            throw ServiceErrors.Of(ErrorCode.NotReady, $"Server {options.Self} cannot record its first meeting with {peer} now: {e.Message}");
        }

        switch (admission.Kind)
        {
            case AdmissionKind.Removed:
                throw ServiceErrors.Of(
                    StatusCode.FailedPrecondition,
                    new ErrorDetail
                    {
                        Code = ErrorCode.ServerNotFound,
                        Message = admission.Refusal,
                        ClusterId = options.ClusterId,
                        Term = node.Status.Term.Value,
                    });
            case AdmissionKind.Replaced:
                throw Refuse(context, ErrorCode.Denied, admission.Refusal);
        }
    }

    /// <summary>All refusals of a handshake have one status, so that the caller knows not to hope for better luck.</summary>
    private RpcException Refuse(ServerCallContext context, ErrorCode code, string message)
    {
        LogRefused(context.Peer, message);
        return ServiceErrors.Of(
            StatusCode.FailedPrecondition, new ErrorDetail { Code = code, Message = message, ClusterId = options.ClusterId });
    }

    [LoggerMessage(EventIds.PeerAccepted, LogLevel.Debug, "Accepted a stream of {Peer} from {Address}, term {Term}, durable up to {LastDurable}.")]
    private partial void LogAccepted(NodeId peer, string address, long term, long lastDurable);

    [LoggerMessage(EventIds.PeerRefused, LogLevel.Warning, "Refused a peer's stream from {Address}: {Reason}")]
    private partial void LogRefused(string address, string reason);

    [LoggerMessage(EventIds.PeerNotRecorded, LogLevel.Warning, "The first meeting with {Peer} cannot be recorded, so it has to wait: {Reason}")]
    private partial void LogNotRecorded(NodeId peer, string reason);

    [LoggerMessage(EventIds.PeerSentNonsense, LogLevel.Error, "Ended a stream of {Peer}: {Reason}")]
    private partial void LogNonsense(NodeId peer, string reason);
}
