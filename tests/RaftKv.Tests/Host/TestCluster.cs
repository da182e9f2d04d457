using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using RaftKv.Node.Agent;
using RaftKv.Node.Serving;

namespace RaftKv.Tests.Host;

/// <summary>
/// A few whole servers in this process: real sockets, real files in a temporary directory. Ports are taken from outside
/// the ephemeral range, so that no outgoing connection of the machine takes one between looking and listening.
/// </summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const string ChaosToken = "0123456789abcdef-test";

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<int, NodeServer> _running = [];
    private readonly Dictionary<int, GrpcChannel> _channels = [];

    private TestCluster(int count, Func<ServerConfig, ServerConfig>? change)
    {
        ClusterId = Guid.NewGuid().ToString("N");
        var ports = FreePorts(count);
        PeerConfig[] members = [.. ports.Select((p, i) => new PeerConfig(i + 1, $"n{i + 1}", new Uri($"http://127.0.0.1:{p}")))];
        Configs = members.ToDictionary(m => m.Id, m =>
        {
            var config = new ServerConfig
            {
                ClusterId = ClusterId,
                Id = m.Id,
                Name = m.Name,
                Members = members,
                DataPath = Path.Combine(Directory, m.Name),
                Port = m.Endpoint.Port,
                ChaosToken = ChaosToken,
                Options = new ServerOptions { HeartbeatIntervalMs = 50, ElectionTimeoutLowerMs = 250, ElectionTimeoutUpperMs = 500 },
            };
            return change?.Invoke(config) ?? config;
        });
    }

    public string Directory => _directory;

    public string ClusterId { get; }

    public Dictionary<int, ServerConfig> Configs { get; }

    public RequestHeader Header => new() { ClusterId = ClusterId };

    /// <summary>Makes and starts servers; nothing has been elected yet.</summary>
    public static async Task<TestCluster> StartAsync(int count, Func<ServerConfig, ServerConfig>? change = null)
    {
        var cluster = Prepare(count, change);
        try
        {
            await Task.WhenAll(cluster.Configs.Keys.Select(cluster.StartServerAsync));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the data directories and starts nothing.</summary>
    public static TestCluster Prepare(int count, Func<ServerConfig, ServerConfig>? change = null)
    {
        var cluster = new TestCluster(count, change);
        foreach (var config in cluster.Configs.Values)
        {
            NodeIdentity.Create(
                RealDisk.Instance, config.DataPath, config.ClusterId, config.Id, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)),
                config.Options.Storage);
        }

        return cluster;
    }

    public async Task StartServerAsync(int id)
    {
        var server = await NodeServer.StartAsync(Configs[id]);
        lock (_running)
        {
            _running.Add(id, server);
        }
    }

    public async Task StopServerAsync(int id)
    {
        var server = _running[id];
        _running.Remove(id);
        await server.DisposeAsync();
    }

    public NodeServer Server(int id) => _running[id];

    public GrpcChannel Channel(int id)
    {
        if (!_channels.TryGetValue(id, out var channel))
        {
            channel = GrpcChannel.ForAddress(Configs[id].Members.Single(m => m.Id == id).Endpoint, new GrpcChannelOptions
            {
                MaxReceiveMessageSize = null,
                MaxSendMessageSize = null,
            });
            _channels.Add(id, channel);
        }

        return channel;
    }

    public KeyValue.KeyValueClient KeyValue(int id) => new(Channel(id));

    public Admin.AdminClient Admin(int id) => new(Channel(id));

    public Chaos.ChaosClient Chaos(int id) => new(Channel(id));

    public static Metadata Token(string token = ChaosToken) => new() { { "raftkv-chaos-token", token } };

    /// <summary>The one running leader that a majority of the running servers agrees on.</summary>
    public async Task<int> LeaderAsync()
    {
        var found = await Eventually.GetAsync("a leader", () =>
        {
            var statuses = _running.ToDictionary(s => s.Key, s => s.Value.Node.Status);
            var leader = statuses.Where(s => s.Value.Role == Role.Leader).OrderByDescending(s => s.Value.Term).FirstOrDefault();
            var agreed = leader.Key > 0 && statuses.Count(s => s.Value.Leader.Value == leader.Key && s.Value.Term == leader.Value.Term) > Configs.Count / 2;
            return Task.FromResult(agreed ? (object)leader.Key : null);
        });
        return (int)found;
    }

    /// <summary>Writes through the leader, looking for the new leader while there is none.</summary>
    public async Task<WriteReply> PutAsync(string key, byte[] value)
    {
        return await Eventually.GetAsync($"a write of {key}", async () =>
        {
            try
            {
                return await KeyValue(await LeaderAsync()).PutAsync(
                    new PutRequest { Header = Header, Key = ByteString.CopyFromUtf8(key), Value = UnsafeByteOperations.UnsafeWrap(value) },
                    deadline: DateTime.UtcNow.AddSeconds(5));
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.Aborted or StatusCode.DeadlineExceeded)
            {
                return null;
            }
        });
    }

    /// <summary>Reads from one server, trying again while it knows no leader.</summary>
    public async Task<byte[]?> GetAsync(int id, string key, Consistency consistency = Consistency.Linearizable)
    {
        var reply = await Eventually.GetAsync($"a read of {key} at server {id}", async () =>
        {
            try
            {
                return await KeyValue(id).GetAsync(
                    new GetRequest { Header = Header, Key = ByteString.CopyFromUtf8(key), Consistency = consistency },
                    deadline: DateTime.UtcNow.AddSeconds(5));
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                return null;
            }
        });
        return reply.Pair?.Value.ToByteArray();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels.Values)
        {
            channel.Dispose();
        }

        await Task.WhenAll(_running.Values.Select(s => s.DisposeAsync().AsTask()));
        _directory.Dispose();
    }

    /// <summary>Ports on which no one listens at the moment, below those that agents give to the suites' servers beside these tests.</summary>
    public static int[] FreePorts(int count)
    {
        var ports = new HashSet<int>();
        while (ports.Count < count)
        {
            var port = Random.Shared.Next(10000, PortReservations.First);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                ports.Add(port);
            }
            catch (SocketException)
            {
                // Taken: draw again.
            }
        }

        return [.. ports];
    }
}
