using System.Net;
using Grpc.Core;
using RaftKv.Api.Protocol;

namespace RaftKv.Node.Agent;

/// <summary>The agent's calls; thin over <see cref="ServerFleet"/> and <see cref="PortReservations"/>.</summary>
internal sealed partial class AgentService(ServerFleet fleet, PortReservations ports, AgentEnd end, IPAddress address) : Api.Protocol.Agent.AgentBase
{
    private const int MaxPorts = 1024;
    private const double MaxStartSeconds = 600;

    /// <inheritdoc/>
    public override Task<AgentDescription> Describe(DescribeRequest request, ServerCallContext context) => Task.FromResult(new AgentDescription
    {
        ProcessId = Environment.ProcessId,
        NodePath = fleet.NodePath,
        Build = typeof(AgentService).Assembly.GetName().Version?.ToString() ?? "",
        Directory = fleet.Directory,
        Host = Environment.MachineName,
    });

    /// <inheritdoc/>
    public override Task<ReservePortsReply> ReservePorts(ReservePortsRequest request, ServerCallContext context)
    {
        if (request.Count is < 0 or > MaxPorts || request.Ports.Count > MaxPorts || request.Ports.Any(p => p is < 1 or > IPEndPoint.MaxPort))
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"{request.Count + request.Ports.Count} ports cannot be reserved: at most {MaxPorts}, from 1 to {IPEndPoint.MaxPort}.");
        }

        IReadOnlyList<int> reserved, taken;
        try
        {
            taken = ports.ReserveThese(request.Ports, address, request.KeptBy);
            reserved = ports.Reserve(request.Count, address, request.KeptBy);
        }
        catch (IOException e)
        {
            throw ServiceErrors.Of(ErrorCode.ServerStartFailed, e.Message);
        }

        if (reserved.Count < request.Count)
        {
            ports.Release(reserved);
            throw ServiceErrors.Of(
                ErrorCode.PortInUse,
                $"Only {reserved.Count} of {request.Count} ports are free from {PortReservations.First} to {PortReservations.Last}.");
        }

        return Task.FromResult(new ReservePortsReply { Ports = { reserved }, Taken = { taken } });
    }

    /// <inheritdoc/>
    public override Task<ServerProcess> Create(CreateServerRequest request, ServerCallContext context) =>
        Task.FromResult(fleet.Create(request.ConfigJson, request.Past).Describe());

    /// <inheritdoc/>
    public override Task<ServerProcess> Start(StartServerRequest request, ServerCallContext context)
    {
        if (request.TimeoutSeconds is not (> 0 and <= MaxStartSeconds))
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"The timeout must be above 0 and at most {MaxStartSeconds} s.");
        }

        end.ThrowIfEnding();
        return fleet.Find(request.ClusterId, request.ServerId).StartAsync(TimeSpan.FromSeconds(request.TimeoutSeconds), context.CancellationToken);
    }

    /// <inheritdoc/>
    public override Task<ServerProcess> Stop(StopServerRequest request, ServerCallContext context) =>
        fleet.Find(request.ClusterId, request.ServerId).StopAsync(request.Mode, context.CancellationToken);

    /// <inheritdoc/>
    public override Task<ServerProcess> Pause(ServerRequest request, ServerCallContext context) =>
        Task.FromResult(fleet.Find(request.ClusterId, request.ServerId).Pause());

    /// <inheritdoc/>
    public override Task<ServerProcess> Resume(ServerRequest request, ServerCallContext context) =>
        Task.FromResult(fleet.Find(request.ClusterId, request.ServerId).Resume());

    /// <inheritdoc/>
    public override Task<RemoveServerReply> Remove(RemoveServerRequest request, ServerCallContext context)
    {
        fleet.Remove(request.ClusterId, request.ServerId, request.DeleteData);
        return Task.FromResult(new RemoveServerReply());
    }

    /// <inheritdoc/>
    public override Task<RemoveDataReply> RemoveData(RemoveDataRequest request, ServerCallContext context) =>
        Task.FromResult(new RemoveDataReply { Directories = { fleet.RemoveData(request.ClusterId, request.DataPath) } });

    /// <inheritdoc/>
    public override Task<ListReply> List(ListRequest request, ServerCallContext context) =>
        Task.FromResult(new ListReply { Servers = { fleet.All(request.ClusterId).Select(s => s.Describe()) } });

    /// <inheritdoc/>
    public override async Task ReadTextLog(ReadTextLogRequest request, IServerStreamWriter<TextLogLine> responseStream, ServerCallContext context)
    {
        var server = fleet.Find(request.ClusterId, request.ServerId);
        var path = server.LogPath;
        if (!request.Follow && server.HasRun && !TextLog.Exists(path))
        {
            throw LogIsGone(server);
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, end.Ending);
        try
        {
            await foreach (var line in TextLog.ReadAsync(path, request.Tail, request.Follow, ended.Token))
            {
                await responseStream.WriteAsync(new TextLogLine { Line = line }, ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The reader has seen enough, or the agent ends: both end the stream, neither is an error.
        }
    }

    /// <inheritdoc/>
    public override async Task<ShutdownReply> Shutdown(ShutdownRequest request, ServerCallContext context)
    {
        await end.StopServersAsync(request.Kill ? StopMode.Kill : StopMode.Graceful);
        end.Request();
        return new ShutdownReply();
    }

    private static RpcException LogIsGone(ManagedServer server) => Directory.Exists(server.Config.DataPath)
        ? ServiceErrors.Of(
            ErrorCode.InvalidArgument,
            $"The text log {server.LogPath} of server {server.Config.Name} is gone, though the server ran: it was deleted or moved away. A server that runs writes "
            + $"on into the file that lost its name; Restart-RaftServer {server.Config.Name} begins a new one.")
        : ServiceErrors.Of(
            ErrorCode.DataDirectoryMissing,
            $"The text log {server.LogPath} is gone with the whole data directory of server {server.Config.Name}.");
}
