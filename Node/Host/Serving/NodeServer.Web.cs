using System.Net;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Grpc.Reflection;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using RaftKv.Api.Protocol;
using RaftKv.Api.Protocol.Peers;
using RaftKv.Engine.Storage;
using RaftKv.Node.Services;
using RaftKv.Node.Transport;
using V1 = Grpc.Reflection.V1;
using V1Alpha = Grpc.Reflection.V1Alpha;

namespace RaftKv.Node.Serving;

internal sealed partial class NodeServer
{
    /// <summary>The most connections at a time.</summary>
    private const int MaxConnections = 4096;

    /// <summary>The most calls at a time on one connection.</summary>
    private const int MaxStreamsPerConnection = 4096;

    /// <summary>Bytes that a caller may have under way in one stream: a peer's appends, or one large value.</summary>
    private const int StreamWindowBytes = 4 * 1024 * 1024;

    /// <summary>Bytes that a caller may have under way in all its streams, above one stream's so that none starves another.</summary>
    private const int ConnectionWindowBytes = 16 * 1024 * 1024;

    private WebApplication BuildWeb(NodeIdentity identity, PeerTransportOptions peers, HealthServiceImpl health)
    {
        // The empty builder reads no files, no environment and no command line: the config is the only source.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = _config.DataPath });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(ConfigureKestrel);
        var services = builder.Services;
        services.AddSingleton<ILoggerFactory>(_loggers);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddRoutingCore();
        services.AddGrpc(o =>
        {
            o.MaxReceiveMessageSize = ProtocolConstants.MaxMessageBytes;
            o.MaxSendMessageSize = ProtocolConstants.MaxMessageBytes;
            o.Interceptors.Add<ReadyGate>();
        });
        services.AddSingleton(_ready);
        services.AddSingleton(health);

        // Not there yet while the server recovers: made, or asked for, by the first call that the gate lets through.
        services.AddSingleton(_ => Node);
        services.AddSingleton(_transport!);
        services.AddSingleton(_matrix);
        services.AddSingleton(_log);
        services.AddSingleton(_stopping);
        services.AddSingleton(Exit);
        services.AddSingleton(peers);
        services.AddSingleton(new ServerFacts(_config, identity, _log.Path));
        var gate = new RequestGate(identity.ClusterId, _config.Options.MaxConcurrentRequests, _matrix);
        services.AddSingleton(gate);
        services.AddSingleton(_ => new KeyValueService(Node, gate, _config.Options.MaxValueBytes, _config.Options.MaxSessions));
        services.AddSingleton<AdminService>();
        services.AddSingleton<ChaosService>();
        services.AddSingleton<RaftService>();
        AddReflection(services);

        var web = builder.Build();
        web.MapGrpcService<RaftService>();
        web.MapGrpcService<KeyValueService>();
        web.MapGrpcService<AdminService>();
        web.MapGrpcService<ChaosService>();
        web.MapGrpcService<HealthServiceImpl>();
        web.MapGrpcService<ReflectionV1ServiceImpl>();
        web.MapGrpcService<ReflectionServiceImpl>();
        return web;
    }

    /// <summary>The services by name: finding them by reflection would not work in the native build. Made at the first question.</summary>
    private static void AddReflection(IServiceCollection services)
    {
        Google.Protobuf.Reflection.ServiceDescriptor[] known =
        [
            Raft.Descriptor, KeyValue.Descriptor, Admin.Descriptor, Chaos.Descriptor, Health.Descriptor,
            V1.ServerReflection.Descriptor, V1Alpha.ServerReflection.Descriptor,
        ];
        services.AddSingleton(_ => new ReflectionV1ServiceImpl(known));
        services.AddSingleton(_ => new ReflectionServiceImpl(known));
    }

    private void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreamsPerConnection;
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Listen(IPAddress.Parse(_config.ListenAddress), _config.Port, o =>
        {
            o.Protocols = HttpProtocols.Http2;
            o.Use(SilentConnections.End);
        });
    }

    private async Task ListenAsync(WebApplication web, CancellationToken cancellationToken)
    {
        try
        {
            await web.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new StartException(
                ExitCode.PortInUse,
                $"Port {_config.Port} of {_config.ListenAddress} is in use: end what listens there, or choose another port in the config and in every member's list.",
                e);
        }
    }

    /// <summary>Leaves signals to anyone who runs the process.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
