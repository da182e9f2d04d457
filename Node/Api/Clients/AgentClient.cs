using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using RaftKv.Api.Clusters;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;
using RaftKv.Api.Views;

namespace RaftKv.Api.Clients;

/// <summary>Calls to one agent.</summary>
public sealed partial class AgentClient : IAsyncDisposable
{
    private static readonly TimeSpan ShortLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongLimit = TimeSpan.FromSeconds(30);

    private readonly AgentSpec _agent;
    private readonly bool _shared;
    private readonly GrpcChannel _channel;
    private readonly Agent.AgentClient _calls;

    /// <summary>Makes a client; connects on first use.</summary>
    public AgentClient(AgentSpec agent)
        : this(agent, shared: false)
    {
    }

    internal AgentClient(AgentSpec agent, bool shared)
    {
        ArgumentNullException.ThrowIfNull(agent);
        _agent = agent;
        _shared = shared;
        _channel = Channels.Open(agent.Endpoint, ShortLimit); // No other one can be asked in its place.
        _calls = new Agent.AgentClient(_channel);
    }

    /// <summary>Asks whether it is there.</summary>
    public Task DescribeAsync(CancellationToken cancellationToken = default) =>
        CallAsync(options => _calls.DescribeAsync(new DescribeRequest(), options), ShortLimit, cancellationToken);

    /// <summary>Reserves ports on its machine for its life.</summary>
    /// <param name="count">How many.</param>
    /// <param name="keptBy">The file of a cluster that will want them again after it was stopped: while it names them others leave them. Null: none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RaftKvException">PortInUse: there are not as many.</exception>
    public async Task<IReadOnlyList<int>> ReservePortsAsync(int count, string? keptBy = null, CancellationToken cancellationToken = default)
    {
        var request = new ReservePortsRequest { Count = count, KeptBy = keptBy ?? "" };
        return [.. (await CallAsync(options => _calls.ReservePortsAsync(request, options), LongLimit, cancellationToken)).Ports];
    }

    /// <summary>Reserves these very ports.</summary>
    /// <returns>Those that it could not reserve, because somebody else has them.</returns>
    public async Task<IReadOnlyList<int>> ReserveThesePortsAsync(
        IReadOnlyList<int> ports, string? keptBy = null, CancellationToken cancellationToken = default)
    {
        var request = new ReservePortsRequest { Ports = { ports }, KeptBy = keptBy ?? "" };
        return [.. (await CallAsync(options => _calls.ReservePortsAsync(request, options), LongLimit, cancellationToken)).Taken];
    }

    /// <summary>Makes a server's data directory and identity, or takes one over; the answer says its incarnation.</summary>
    /// <param name="config">What the server is to run with.</param>
    /// <param name="past">What is known of the directory.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RaftKvException">DataDirectoryMissing, DataDirectoryInUse, ServerRunning, InvalidArgument; nothing was changed.</exception>
    public Task<ProcessView> CreateAsync(ServerConfig config, ServerPast past = ServerPast.None, CancellationToken cancellationToken = default)
    {
        var request = new CreateServerRequest { ConfigJson = ClusterJson.Write(config), Past = (Protocol.ServerPast)past };
        return ProcessAsync(options => _calls.CreateAsync(request, options), LongLimit, cancellationToken);
    }

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <exception cref="RaftKvException">ServerStartFailed with the log's last 20 lines, PortInUse, DataDirectoryInUse.</exception>
    public Task<ProcessView> StartAsync(string clusterId, int serverId, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var request = new StartServerRequest { ClusterId = clusterId, ServerId = serverId, TimeoutSeconds = timeout.TotalSeconds };
        return ProcessAsync(options => _calls.StartAsync(request, options), timeout + ShortLimit, cancellationToken);
    }

    /// <summary>Stops a server and waits until its process has ended.</summary>
    public Task<ProcessView> StopAsync(string clusterId, int serverId, StopMode mode, CancellationToken cancellationToken = default)
    {
        var request = new StopServerRequest { ClusterId = clusterId, ServerId = serverId, Mode = (Protocol.StopMode)mode };
        return ProcessAsync(options => _calls.StopAsync(request, options), LongLimit, cancellationToken);
    }

    /// <summary>Freezes a server's process (not on Windows).</summary>
    public Task<ProcessView> PauseAsync(string clusterId, int serverId, CancellationToken cancellationToken = default)
    {
        var request = new ServerRequest { ClusterId = clusterId, ServerId = serverId };
        return ProcessAsync(options => _calls.PauseAsync(request, options), ShortLimit, cancellationToken);
    }

    /// <summary>Lets it go on.</summary>
    public Task<ProcessView> ResumeAsync(string clusterId, int serverId, CancellationToken cancellationToken = default)
    {
        var request = new ServerRequest { ClusterId = clusterId, ServerId = serverId };
        return ProcessAsync(options => _calls.ResumeAsync(request, options), ShortLimit, cancellationToken);
    }

    /// <summary>Forgets a stopped server, with its data if asked.</summary>
    public Task RemoveAsync(string clusterId, int serverId, bool deleteData, CancellationToken cancellationToken = default)
    {
        var request = new RemoveServerRequest { ClusterId = clusterId, ServerId = serverId, DeleteData = deleteData };
        return CallAsync(options => _calls.RemoveAsync(request, options), LongLimit, cancellationToken);
    }

    /// <summary>Deletes the data of all servers of a cluster that it looks after no more, or never did.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="dataPath">Where its servers' directories lie; a relative path begins at the agent's own directory.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What was deleted.</returns>
    public async Task<IReadOnlyList<string>> RemoveDataAsync(string clusterId, string dataPath, CancellationToken cancellationToken = default)
    {
        var request = new RemoveDataRequest { ClusterId = clusterId, DataPath = dataPath };
        return [.. (await CallAsync(options => _calls.RemoveDataAsync(request, options), LongLimit, cancellationToken)).Directories];
    }

    /// <summary>The servers it looks after.</summary>
    public async Task<IReadOnlyList<ProcessView>> ListAsync(string? clusterId = null, CancellationToken cancellationToken = default)
    {
        var request = new ListRequest { ClusterId = clusterId ?? "" };
        var reply = await CallAsync(options => _calls.ListAsync(request, options), ShortLimit, cancellationToken);
        return [.. reply.Servers.Select(ProcessView.Of)];
    }

    /// <summary>The lines of a server's text log: the last ones, then new ones as they come when following.</summary>
    public async IAsyncEnumerable<string> ReadTextLogAsync(
        string clusterId,
        int serverId,
        int tail,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new ReadTextLogRequest { ClusterId = clusterId, ServerId = serverId, Tail = tail, Follow = follow };
        using var call = _calls.ReadTextLog(request, Options(cancellationToken));
        while (await NextAsync(call.ResponseStream, cancellationToken) is { } line)
        {
            yield return line.Line;
        }
    }

    /// <summary>Stops all its servers, then itself.</summary>
    public Task ShutdownAsync(CancellationToken cancellationToken = default) => ShutdownAsync(StopMode.Graceful, cancellationToken);

    /// <summary>Stops all its servers the given way, then itself.</summary>
    public Task ShutdownAsync(StopMode mode, CancellationToken cancellationToken = default)
    {
        var request = new ShutdownRequest { Kill = mode == StopMode.Kill };
        return CallAsync(options => _calls.ShutdownAsync(request, options), LongLimit, cancellationToken);
    }

    /// <summary>Closes the connection, unless it belongs to a <see cref="ClusterClient"/>, which closes it itself.</summary>
    public ValueTask DisposeAsync() => _shared ? ValueTask.CompletedTask : CloseAsync();

    internal ValueTask CloseAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private string Name => $"The agent at {_agent.Endpoint}";

    private CallOptions Options(CancellationToken cancellationToken) =>
        new(new Metadata { { ProtocolConstants.AgentToken, _agent.Token } }, cancellationToken: cancellationToken);

    private async Task<ProcessView> ProcessAsync(
        Func<CallOptions, AsyncUnaryCall<ServerProcess>> send, TimeSpan limit, CancellationToken cancellationToken) =>
        ProcessView.Of(await CallAsync(send, limit, cancellationToken));

    private async Task<T> CallAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> send, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(limit);
        try
        {
            return await send(Options(source.Token));
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RpcFailure(e).ToException(Name);
        }
    }
}
