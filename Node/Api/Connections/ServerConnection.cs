using Grpc.Net.Client;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Connections;

/// <summary>The shared connection to one server and the services on it.</summary>
internal sealed class ServerConnection : IDisposable
{
    private readonly GrpcChannel _channel;

    public ServerConnection(ServerSpec spec, RequestHeader header)
    {
        Spec = spec;
        Header = header;
        _channel = Channels.Open(spec.Endpoint);
        KeyValue = new KeyValue.KeyValueClient(_channel);
        Admin = new Admin.AdminClient(_channel);
        Chaos = new Protocol.Chaos.ChaosClient(_channel);
    }

    public int Id => Spec.Id;

    public ServerSpec Spec { get; }

    public RequestHeader Header { get; }

    public KeyValue.KeyValueClient KeyValue { get; }

    public Admin.AdminClient Admin { get; }

    public Protocol.Chaos.ChaosClient Chaos { get; }

    /// <summary>How messages name it: <c>n1 (http://127.0.0.1:20000/)</c>.</summary>
    public override string ToString() => $"{Spec.Name} ({Spec.Endpoint})";

    public void Dispose() => _channel.Dispose();
}
