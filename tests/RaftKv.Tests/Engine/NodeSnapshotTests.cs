using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Engine.NodeCluster;

namespace RaftKv.Tests.Engine;

/// <summary>Snapshots of whole servers with their threads and files.</summary>
public sealed class NodeSnapshotTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static RaftNodeOptions Eager(int id, RaftNodeOptions options) => options with
    {
        Raft = options.Raft with { SnapshotTrailingEntries = 5 },
        SegmentBytes = 16 * 1024,
        SnapshotThresholdEntries = 50,
    };

    [Fact]
    public async Task ServerThatWasDownWhileTheLogWasCompacted_CatchesUpBySnapshot_S1()
    {
        await using var cluster = new NodeCluster(3, Eager);
        var leader = await cluster.LeaderAsync();
        var behind = cluster.Ids.First(i => i.Value != leader.Identity.ServerId).Value;
        await cluster.StopAsync(behind);
        var value = new string('x', 3000);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => cluster.PutAsync($"k{i}", value)));
        await Until(() => leader.Status.FirstIndex.Value > 200, "the log to be compacted");
        var node = cluster.Start(behind);
        await Until(() => node.View.Count == 300, "the server to catch up");
        Assert.True(node.Status.Snapshot.Index.Value > 200);
        await cluster.PutAsync("after", "y");
        await Until(() => Get(node.View, "after") == "y", "replication to go on");
        Assert.Null(node.Status.Halt);
    }

    [Fact]
    public async Task Checkpoint_ThenRestart_StartsFromTheSnapshotAndKeepsSessions_S8()
    {
        await using var cluster = new NodeCluster(1, (id, o) => Steady(id, o with { SnapshotThresholdEntries = 0, Raft = o.Raft with { SnapshotTrailingEntries = 0 } }));
        var node = await cluster.LeaderAsync();
        var session = (await node.ProposeAsync(CommandCodec.Encode(new Command { Kind = CommandKind.OpenSession }), Token)).Reply.Revision;
        var command = CommandCodec.Encode(new Command
        {
            Kind = CommandKind.Put,
            Key = "k"u8.ToArray(),
            Value = "once"u8.ToArray(),
            SessionId = session,
            Sequence = 1,
            AcknowledgedBelow = 1,
        });
        var first = await node.ProposeAsync(command, Token);
        var taken = (await node.CheckpointAsync(Token))!.Value;
        Assert.Equal(node.Status.AppliedIndex, taken.Last.Index);
        Assert.Equal(taken.Last.Index.Next, node.Status.FirstIndex);
        Assert.Equal(taken, (await node.CheckpointAsync(Token))!.Value with { RequestId = taken.RequestId });
        await cluster.StopAsync(1);
        node = cluster.Start(1);
        Assert.Equal("once", Get(node.View, "k"));
        ProposalResult again;
        do
        {
            // One whose disk is slow for a moment leads no more (P10).
            await cluster.LeaderAsync();
            again = await node.ProposeAsync(command, Token);
        }
        while (again.Outcome != ProposalOutcome.Applied);

        Assert.Equal(first.Reply, again.Reply);
        Assert.Equal(1, node.View.Get("k"u8.ToArray())!.Version);
    }

    [Fact]
    public async Task StateThatIsOlderThanItsLog_IsRefusedWithTheWayOut_P9()
    {
        await using var cluster = new NodeCluster(1, Eager);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => cluster.PutAsync($"k{i}", new string('x', 3000))));
        var firstSegment = Path.Combine(cluster.DirectoryOf(1), DataDirectory.LogDirectory, LogFormat.NameOf(1));
        await Until(() => !File.Exists(firstSegment), "the log to be compacted");
        await cluster.StopAsync(1);
        Directory.Delete(Path.Combine(cluster.DirectoryOf(1), DataDirectory.SnapshotDirectory), recursive: true);
        var refusal = Assert.Throws<InvalidDataException>(() => cluster.Start(1));
        Assert.Contains("the newest snapshot is missing", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("new id", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JsonLog_TakesNoSnapshot()
    {
        await using var cluster = new NodeCluster(1, (_, o) => o with { OpenLog = JsonLog.Open, SnapshotThresholdEntries = 5 });
        for (var i = 0; i < 20; i++)
        {
            await cluster.PutAsync($"k{i}", "v");
        }

        Assert.True((await cluster[1].CheckpointAsync(Token))!.Value.IsOff);
        Assert.False(Directory.Exists(Path.Combine(cluster.DirectoryOf(1), DataDirectory.SnapshotDirectory)));
    }

    /// <summary>
    /// With <c>RAFTKV_SNAPSHOT_KEYS=1000000</c> this is the measurement: taking and sending a snapshot must delay no
    /// heartbeat by more than 50 ms. A test run uses few keys on a machine that does other things too, and only checks
    /// that no one loses its leader meanwhile.
    /// </summary>
    [Fact]
    public async Task Heartbeats_GoOnWhileASnapshotIsTakenAndSent()
    {
        var keys = int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_SNAPSHOT_KEYS"), out var asked) ? asked : 5_000;
        var view = StateOf(keys);
        var watches = new Dictionary<int, HeartbeatWatch>();
        var isPrepared = new HashSet<int>();
        await using var cluster = new NodeCluster(3, (id, options) =>
        {
            if (isPrepared.Add(id) && id < 3)
            {
                Plant(options, view);
            }

            watches[id] = new HeartbeatWatch(options.Transport);
            return options with
            {
                Transport = watches[id],
                SnapshotThresholdEntries = 0,
                SnapshotThresholdBytes = 0,
                Raft = options.Raft with
                {
                    ElectionTimeoutLower = TimeSpan.FromMilliseconds(1000),
                    ElectionTimeoutUpper = TimeSpan.FromMilliseconds(2000),
                    HeartbeatInterval = TimeSpan.FromMilliseconds(100),
                },
            };
        });
        var leader = await cluster.LeaderAsync();
        await Until(() => leader.Status.CommitIndex > view.Applied, "the leader to commit");
        var sending = watches[leader.Identity.ServerId];
        await Until(() => cluster[3].Status.Snapshot.Index == view.Applied, "the snapshot to be received");
        var whileSending = sending.TakeWorst();
        var pause = GC.GetTotalPauseDuration();
        await Until(() => cluster[3].View.Count == keys, "the snapshot to be installed");
        var whileInstalling = sending.TakeWorst();
        pause = GC.GetTotalPauseDuration() - pause;

        // The three states of this process share one collector: while the third is built, the leader may lose its followers.
        await cluster.PutAsync("new", "x");
        leader = await cluster.LeaderAsync();
        sending = watches[leader.Identity.ServerId];
        sending.TakeWorst();
        var idleFrom = MonotonicClock.Now;
        await Until(() => MonotonicClock.Now > idleFrom + TimeSpan.FromSeconds(1), "a second without snapshots");
        var idle = sending.TakeWorst();
        await leader.CheckpointAsync(Token);
        var whileTaking = sending.TakeWorst();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{keys:N0} keys: heartbeats late by at most {whileSending.TotalMilliseconds:F1} ms while a snapshot is sent, "
            + $"{whileTaking.TotalMilliseconds:F1} ms while one is taken, {idle.TotalMilliseconds:F1} ms otherwise. Another server of "
            + $"this process installs it: {whileInstalling.TotalMilliseconds:F1} ms, of which the garbage collector stops all servers for {pause.TotalMilliseconds:F0} ms in sum.");
        Assert.Equal(Role.Leader, leader.Status.Role);
        Assert.True(asked == 0 || (whileSending.TotalMilliseconds < 50 && whileTaking.TotalMilliseconds < 50), $"{whileSending}, {whileTaking}, {idle}");
    }

    /// <summary>Lets a server begin with a snapshot of this state.</summary>
    private static void Plant(RaftNodeOptions options, KvView view)
    {
        using var store = SnapshotStore.Open(options.Disk, Path.Combine(options.DataDirectory, DataDirectory.SnapshotDirectory));
        using var writer = new SnapshotWriter(
            store, new SnapshotMeta(new EntryId(new Term(1), view.Applied), LogIndex.Zero, Configuration.Of(options.Raft.Voters)), view);
        while (writer.WriteMore())
        {
        }

        writer.Finish();
    }

    private static KvView StateOf(int keys)
    {
        var store = new KvStore();
        for (var i = 1; i <= keys; i++)
        {
            store.Apply(new LogEntry(
                new EntryId(new Term(1), new LogIndex(i)), EntryKind.Command, NodeCluster.Put($"key{i:D8}", Encoding.ASCII.GetString(new byte[64]))));
        }

        return store.View;
    }

    /// <summary>Looks how long heartbeats to each peer are apart, beyond their interval.</summary>
    private sealed class HeartbeatWatch(IPeerTransport inner) : IPeerTransport
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<NodeId, Instant> _last = [];
        private TimeSpan _worst;

        public TimeSpan TakeWorst()
        {
            lock (_lock)
            {
                var worst = _worst;
                _worst = TimeSpan.Zero;
                return worst;
            }
        }

        public bool TrySend(Message message)
        {
            if (message is Heartbeat)
            {
                lock (_lock)
                {
                    var now = MonotonicClock.Now;
                    if (_last.TryGetValue(message.To, out var before) && now - before - TimeSpan.FromMilliseconds(100) > _worst)
                    {
                        _worst = now - before - TimeSpan.FromMilliseconds(100);
                    }

                    _last[message.To] = now;
                }
            }

            return inner.TrySend(message);
        }
    }
}
