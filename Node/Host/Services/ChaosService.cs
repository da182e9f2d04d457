using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Faults;
using RaftKv.Node.Observability;

namespace RaftKv.Node.Services;

/// <summary>
/// Breaks this server's network on purpose, for holders of the token. Answers even when the server is muted. Takes links of
/// servers that this one has not heard of: a newcomer's network can be bad before the news of it is everywhere.
/// </summary>
internal sealed partial class ChaosService(
    ServerFacts facts, RequestGate gate, FaultMatrix matrix, ILogger<ChaosService> logger) : Chaos.ChaosBase
{
    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    public override Task<ChaosReply> Upload(UploadRequest request, ServerCallContext context) =>
        Change(request.Header, context, nameof(Upload), () => matrix.Upload([.. request.Links.Select(FaultTranslation.ToEngine)], request.Seed));

    /// <inheritdoc/>
    public override Task<ChaosReply> Update(UpdateRequest request, ServerCallContext context) =>
        Change(request.Header, context, nameof(Update), () =>
        {
            var link = request.Link ?? throw new ArgumentException("The request names no link.");
            return matrix.Set(FaultTranslation.ToEngine(link));
        });

    /// <inheritdoc/>
    public override Task<ChaosReply> Partition(PartitionRequest request, ServerCallContext context)
    {
        Authorize(request.Header, context);
        try
        {
            IReadOnlyList<IReadOnlyList<NodeId>> groups = [.. request.Groups.Select(g => g.Servers.Select(s => new NodeId(s)).ToList())];
            return Task.FromResult(Changed(nameof(Partition), matrix.Partition(groups)));
        }
        catch (ArgumentException e)
        {
            throw ServiceErrors.Of(ErrorCode.PartitionInvalid, Sentence(e));
        }
    }

    /// <inheritdoc/>
    public override Task<ChaosReply> Mute(MuteRequest request, ServerCallContext context) =>
        Change(request.Header, context, request.Muted ? nameof(Mute) : "Unmute", () => matrix.Mute(request.Muted));

    /// <inheritdoc/>
    public override Task<ChaosReply> Reset(ResetRequest request, ServerCallContext context) =>
        Change(request.Header, context, nameof(Reset), matrix.Reset);

    /// <inheritdoc/>
    public override Task<MatrixReply> Read(ReadMatrixRequest request, ServerCallContext context)
    {
        Authorize(request.Header, context);
        return Task.FromResult(FaultTranslation.ToWire(matrix.Snapshot()));
    }

    private Task<ChaosReply> Change(RequestHeader? header, ServerCallContext context, string what, Func<long> change)
    {
        Authorize(header, context);
        try
        {
            return Task.FromResult(Changed(what, change()));
        }
        catch (ArgumentException e)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, Sentence(e));
        }
    }

    private ChaosReply Changed(string what, long epoch)
    {
        // Entries are updated by the thousand.
        LogChanged(what == nameof(Update) ? LogLevel.Debug : LogLevel.Information, what, epoch);
        return new ChaosReply { Epoch = epoch };
    }

    private void Authorize(RequestHeader? header, ServerCallContext context)
    {
        gate.RequireCluster(header);
        if (facts.Config.ChaosToken is not { Length: > 0 } expected)
        {
            throw ServiceErrors.Of(ErrorCode.ChaosDisabled, "This server was started without chaos: set chaosToken in its config to allow it.");
        }

        var given = context.RequestHeaders.GetValue(ProtocolConstants.ChaosToken) ?? "";
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected)))
        {
            throw ServiceErrors.Of(ErrorCode.Denied, $"The metadata {ProtocolConstants.ChaosToken} is {(given.Length == 0 ? "missing" : "wrong")}.");
        }
    }

    /// <summary>The message without the parameter's name, which means nothing to a caller far away.</summary>
    private static string Sentence(ArgumentException exception) =>
        exception.ParamName is { } name ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : exception.Message;

    [LoggerMessage(EventId = EventIds.MatrixChanged, Message = "Chaos {What}: the matrix is at epoch {Epoch}.")]
    private partial void LogChanged(LogLevel level, string what, long epoch);
}
