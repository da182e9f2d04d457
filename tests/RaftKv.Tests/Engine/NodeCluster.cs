using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Faults;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Engine;

/// <summary>Whole servers in this process: real threads and real files, only the sockets are replaced by calls.</summary>
internal sealed class NodeCluster : IAsyncDisposable
{
    private const string ClusterId = "0123456789abcdef0123456789abcdef";

    private readonly TemporaryDirectory _directory = new();
    private readonly RaftNode?[] _nodes;
    private readonly Func<int, RaftNodeOptions, RaftNodeOptions> _change;
    private readonly int _voters;

    /// <summary>Starts the first servers as a cluster and the others as servers that are to join it; all first by default.</summary>
    public NodeCluster(int servers, Func<int, RaftNodeOptions, RaftNodeOptions>? change = null, int? voters = null)
    {
        _voters = voters ?? servers;
        _nodes = new RaftNode?[servers + 1];
        _change = change ?? ((_, options) => options);
        for (var id = 1; id <= servers; id++)
        {
            NodeIdentity.Create(RealDisk.Instance, DirectoryOf(id), ClusterId, id, (ulong)id);
            Faults.Add(id, new FaultGate(new FaultMatrix(Ids)));
            Start(id);
        }
    }

    /// <summary>For tests of what a leader does: one whose disk or thread waits for a second on a busy machine leads on.</summary>
    public static RaftNodeOptions Steady(int id, RaftNodeOptions options) => options with
    {
        Raft = options.Raft with { ElectionTimeoutLower = TimeSpan.FromSeconds(2), ElectionTimeoutUpper = TimeSpan.FromSeconds(4) },
    };

    public Dictionary<int, FaultGate> Faults { get; } = [];

    public IEnumerable<NodeId> Ids => Enumerable.Range(1, _nodes.Length - 1).Select(i => new NodeId(i));

    public RaftNode this[int id] => Volatile.Read(ref _nodes[id]) ?? throw new InvalidOperationException($"Server {id} is down.");

    public string DirectoryOf(int id) => Path.Combine(_directory, $"n{id}");

    public RaftNode Start(int id)
    {
        var options = new RaftNodeOptions
        {
            DataDirectory = DirectoryOf(id),
            Disk = RealDisk.Instance,
            Transport = new DirectTransport(this),
            SegmentBytes = 256 * 1024,
            Faults = Faults[id],
            Raft = new RaftOptions
            {
                Id = new NodeId(id),
                Voters = [.. Ids.Take(_voters)],
                Seed = (ulong)id,
                ElectionTimeoutLower = TimeSpan.FromMilliseconds(150),
                ElectionTimeoutUpper = TimeSpan.FromMilliseconds(300),
                HeartbeatInterval = TimeSpan.FromMilliseconds(30),
            },
        };
        var node = RaftNode.Start(_change(id, options));
        Volatile.Write(ref _nodes[id], node);
        return node;
    }

    public async Task StopAsync(int id)
    {
        var node = Interlocked.Exchange(ref _nodes[id], null);
        if (node is not null)
        {
            await node.DisposeAsync();
        }
    }

    public async Task<RaftNode> LeaderAsync()
    {
        RaftNode? leader = null;
        await Until(() => (leader = _nodes.OfType<RaftNode>().FirstOrDefault(n => n.Status is { Role: Role.Leader, Halt: null })) is not null, "a leader");
        return leader!;
    }

    /// <summary>Writes through the leader, again after a refusal or a lost leader, until it is applied.</summary>
    public async Task PutAsync(string key, string value)
    {
        var command = Put(key, value);
        using var patience = new CancellationTokenSource(Patience.Limit);
        while (true)
        {
            var leader = await LeaderAsync();
            if ((await leader.ProposeAsync(command, patience.Token)).Outcome == ProposalOutcome.Applied)
            {
                return;
            }
        }
    }

    public static byte[] Put(string key, string value) => CommandCodec.Encode(new Command
    {
        Kind = CommandKind.Put,
        Key = Encoding.UTF8.GetBytes(key),
        Value = Encoding.UTF8.GetBytes(value),
    });

    public static string? Get(KvView view, string key) =>
        view.Get(Encoding.UTF8.GetBytes(key)) is { } pair ? Encoding.UTF8.GetString(pair.Value.Span) : null;

    public static Task Until(Func<bool> holds, string what) => Eventually.HoldsAsync(what, holds);

    public async ValueTask DisposeAsync()
    {
        for (var id = 1; id < _nodes.Length; id++)
        {
            await StopAsync(id);
        }

        _directory.Dispose();
    }

    private sealed class DirectTransport(NodeCluster cluster) : IPeerTransport
    {
        public bool TrySend(Message message)
        {
            var node = Volatile.Read(ref cluster._nodes[message.To.Value]);
            node?.Receive(message);
            return node is not null;
        }
    }
}
