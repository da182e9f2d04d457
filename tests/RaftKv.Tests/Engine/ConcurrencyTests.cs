using System.Collections.Concurrent;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Storage;
using static RaftKv.Tests.Engine.NodeCluster;

namespace RaftKv.Tests.Engine;

/// <summary>One of three servers, whose peers are the test: what several threads bring, and what a hanging disk delays.</summary>
public sealed class ConcurrencyTests
{
    private static readonly NodeId Self = new(1);
    private static readonly NodeId Second = new(2);
    private static readonly NodeId Third = new(3);

    [Fact]
    public async Task Receive_FromManyThreads_OneThreadDecides_I1()
    {
        const int Terms = 200;
        var peers = new Peers();

        // Disposed only when all held: a server whose state several threads changed at once may never end.
        var cluster = new NodeCluster(1, (_, options) => Among(peers, options));
        var node = cluster[1];
        var deciders = new ConcurrentDictionary<int, int>();
        // The status says it a moment before the event does.
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.RoleChanged += change =>
        {
            deciders.AddOrUpdate(Environment.CurrentManagedThreadId, 1, (_, n) => n + 1);
            if (change is { Term.Value: Terms, Leader.Value: 2 })
            {
                last.TrySetResult();
            }
        };
        Func<long, Message>[] streams =
        [
            term => new Heartbeat(Second, Self, new Term(term), LogIndex.Zero, term),
            term => new AppendRequest(Second, Self, new Term(term), EntryId.Zero, [], LogIndex.Zero),
            term => new VoteRequest(Third, Self, new Term(term), EntryId.Zero, IsTransfer: false),
        ];
        void Bring(Func<long, Message> stream)
        {
            for (var term = 1; term <= Terms; term++)
            {
                node.Receive(stream(term));
            }
        }

        var threads = streams.Select(stream => new Thread(() => Bring(stream)) { IsBackground = true }).ToList();
        threads.ForEach(t => t.Start());
        Assert.All(threads, t => Assert.True(t.Join(Patience.Limit), "A thread that brought messages did not come back."));
        await Until(() => last.Task.IsCompleted || node.Status.Halt is not null, "the last term to be told");
        Assert.Null(node.Status.Halt);
        Assert.Single(deciders);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, deciders.Keys);
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task Receive_WhileTheDiskHangs_VotesAreAnswered_I2()
    {
        var peers = new Peers();
        using var disk = new HangingDisk();
        await using var cluster = new NodeCluster(1, (_, options) => Among(peers, options) with { Disk = disk });
        var node = cluster[1];
        try
        {
            disk.Hang();
            node.Receive(new VoteRequest(Second, Self, new Term(1), EntryId.Zero, IsTransfer: false));
            Assert.True(disk.IsHanging.Wait(Patience.Limit), "The vote was never written.");
            node.Receive(new PreVoteRequest(Third, Self, new Term(9), EntryId.Zero));
            node.Receive(new VoteRequest(Third, Self, new Term(1), EntryId.Zero, IsTransfer: false));
            await Until(() => peers.Of<PreVoteResponse>().Any(r => r.Granted), "the answer to the pre-vote");
            await Until(() => peers.Of<VoteResponse>().Any(r => r.To == Third && !r.Granted), "the refusal of the other vote");
            Assert.DoesNotContain(peers.Of<VoteResponse>(), r => r.Granted);
        }
        finally
        {
            disk.Resume();
        }

        await Until(() => peers.Of<VoteResponse>().Any(r => r.To == Second && r.Granted), "the vote, once it is durable");
    }

    /// <summary>Its own timer stays out of the way.</summary>
    private static RaftNodeOptions Among(Peers peers, RaftNodeOptions options) => options with
    {
        Transport = peers,
        Faults = null,
        Raft = options.Raft with
        {
            Voters = [Self, Second, Third],
            VoteStickiness = false,
            ElectionTimeoutLower = TimeSpan.FromSeconds(60),
            ElectionTimeoutUpper = TimeSpan.FromSeconds(60),
        },
    };

    private sealed class Peers : IPeerTransport
    {
        private readonly ConcurrentQueue<Message> _received = new();

        public bool TrySend(Message message)
        {
            _received.Enqueue(message);
            return true;
        }

        public IEnumerable<T> Of<T>()
            where T : Message => _received.OfType<T>();
    }

    /// <summary>The real disk, whose flushes wait while it hangs.</summary>
    private sealed class HangingDisk() : DiskDecorator(RealDisk.Instance), IDisposable
    {
        private readonly ManualResetEventSlim _open = new(initialState: true);

        public ManualResetEventSlim IsHanging { get; } = new();

        public void Hang() => _open.Reset();

        public void Resume() => _open.Set();

        public override IDiskFile Create(string path) => new HangingFile(this, base.Create(path));

        public override IDiskFile Open(string path) => new HangingFile(this, base.Open(path));

        public void Dispose()
        {
            _open.Dispose();
            IsHanging.Dispose();
        }

        private sealed class HangingFile(HangingDisk disk, IDiskFile file) : DiskFileDecorator(file)
        {
            public override void Flush()
            {
                if (!disk._open.IsSet)
                {
                    disk.IsHanging.Set();
                    disk._open.Wait();
                }

                base.Flush();
            }
        }
    }
}
