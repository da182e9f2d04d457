using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Storage;
using static RaftKv.Tests.Engine.NodeCluster;

namespace RaftKv.Tests.Engine;

public sealed class RaftNodeTests
{
    [Fact]
    public async Task SingleServer_ElectsItselfAppliesAndReads_E14()
    {
        await using var cluster = new NodeCluster(1);
        await cluster.PutAsync("k", "v");
        var read = await cluster[1].ReadAsync(ReadConsistency.Linearizable, CancellationToken.None);
        Assert.Equal("v", Get(read.View!, "k"));
        var status = cluster[1].Status;
        Assert.Equal((Role.Leader, new NodeId(1)), (status.Role, status.Leader));
        Assert.True(status.CommitIndex >= status.AppliedIndex && status.AppliedIndex.Value >= 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ThreeServers_RestartedOneByOne_KeepEverything(bool jsonLog)
    {
        await using var cluster = new NodeCluster(3, (_, options) => jsonLog ? options with { OpenLog = JsonLog.Open } : options);
        for (var id = 1; id <= 3; id++)
        {
            await cluster.PutAsync($"k{id}", $"v{id}");
            await cluster.StopAsync(id);
            await cluster.PutAsync($"during{id}", "x");
            cluster.Start(id);
        }

        await cluster.PutAsync("last", "x");
        for (var id = 1; id <= 3; id++)
        {
            var node = cluster[id];
            await Until(() => node.View.Count == 7, $"server {id} to catch up");
            Assert.Equal("v2", Get(node.View, "k2"));
        }

        Assert.Equal(cluster[1].View.StateHash, cluster[3].View.StateHash);
    }

    [Fact]
    public async Task LaggingServer_CatchesUpFromDiskWhenTheCacheIsTiny()
    {
        await using var cluster = new NodeCluster(3, (_, options) => options with { EntryCacheBytes = 0 });
        var leader = await cluster.LeaderAsync();
        var lagging = cluster.Ids.First(i => i.Value != leader.Identity.ServerId).Value;
        await cluster.StopAsync(lagging);
        var value = new string('x', 2000);
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => cluster.PutAsync($"k{i}", value)));
        var node = cluster.Start(lagging);
        await Until(() => node.View.Count == 500, "the lagging server to catch up");
    }

    [Fact]
    public async Task Proposal_AtAFollower_IsRefusedWithTheLeader()
    {
        await using var cluster = new NodeCluster(3, Steady);
        await cluster.PutAsync("k", "v");
        var leader = await cluster.LeaderAsync();
        var follower = cluster[cluster.Ids.First(i => i.Value != leader.Identity.ServerId).Value];
        await Until(() => !follower.Status.Leader.IsNone, "the follower to know its leader");
        var result = await follower.ProposeAsync(Put("k", "w"), CancellationToken.None);
        Assert.Equal((ProposalOutcome.Refused, RefusalReason.NotLeader), (result.Outcome, result.Refusal));
        Assert.Equal(follower.Status.Leader, result.Leader);
        var read = await follower.ReadAsync(ReadConsistency.Linearizable, CancellationToken.None);
        Assert.Equal("v", Get(read.View!, "k"));
    }

    [Fact]
    public async Task LeaderCutOff_ItsPendingProposalEndsUnknown_X4()
    {
        await using var cluster = new NodeCluster(3, Steady);
        await cluster.PutAsync("k", "v");
        var leader = await cluster.LeaderAsync();
        var others = cluster.Ids.Where(i => i.Value != leader.Identity.ServerId).ToArray();
        foreach (var gate in cluster.Faults.Values)
        {
            gate.Matrix.Partition([others]);
        }

        var result = await leader.ProposeAsync(Put("k", "w"), CancellationToken.None).WaitAsync(Patience.Limit);
        Assert.Equal(ProposalOutcome.Unknown, result.Outcome);
        foreach (var gate in cluster.Faults.Values)
        {
            gate.Matrix.Reset();
        }

        await cluster.PutAsync("k", "again");
    }

    [Fact]
    public async Task DelayedLinks_StillReplicate()
    {
        await using var cluster = new NodeCluster(3);
        foreach (var gate in cluster.Faults.Values)
        {
            foreach (var from in cluster.Ids)
            {
                foreach (var to in cluster.Ids.Where(i => i != from))
                {
                    gate.Matrix.Set(new RaftKv.Engine.Faults.LinkFault(from, to)
                    {
                        Delay = TimeSpan.FromMilliseconds(5),
                        Jitter = TimeSpan.FromMilliseconds(5),
                        DropRate = 0.05,
                        DuplicateRate = 0.1,
                        ReorderRate = 0.1,
                    });
                }
            }
        }

        for (var i = 0; i < 20; i++)
        {
            await cluster.PutAsync($"k{i}", "v");
        }

        foreach (var id in cluster.Ids)
        {
            await NodeCluster.Until(() => Enumerable.Range(0, 20).All(i => NodeCluster.Get(cluster[id.Value].View, $"k{i}") == "v"), $"all pairs at {id}");
        }
    }

    [Fact]
    public async Task Transfer_UnderWrites_MovesTheLeaderAndLeavesNoWriteUnknown_E11()
    {
        await using var cluster = new NodeCluster(3);
        await cluster.PutAsync("k", "v");
        while (true)
        {
            var old = await cluster.LeaderAsync();
            var target = cluster.Ids.First(i => i.Value != old.Identity.ServerId);
            var writes = Enumerable.Range(0, 200).Select(i => old.ProposeAsync(Put($"k{i}", "v"), CancellationToken.None)).ToList();
            var ended = await old.TransferAsync(target, CancellationToken.None).WaitAsync(Patience.Limit);
            var results = await Task.WhenAll(writes);
            if (ended.Outcome != TransferOutcome.Done)
            {
                // A busy machine can cost a leader its office meanwhile.
                continue;
            }

            Assert.Equal(target, ended.Leader);
            Assert.DoesNotContain(results, r => r.Outcome == ProposalOutcome.Unknown);
            return;
        }
    }

    [Fact]
    public async Task Transfer_AtAServerThatHasStopped_IsRefused()
    {
        await using var cluster = new NodeCluster(1);
        var node = await cluster.LeaderAsync();
        await node.DisposeAsync();
        Assert.Equal(TransferOutcome.NotLeader, (await node.TransferAsync(NodeId.None, CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task Stop_PendingProposalsEndUnknownAndNewOnesAreRefused()
    {
        await using var cluster = new NodeCluster(3, Steady);
        var leader = await cluster.LeaderAsync();
        foreach (var gate in cluster.Faults.Values)
        {
            gate.Matrix.Mute(true);
        }

        var pending = leader.ProposeAsync(Put("k", "v"), CancellationToken.None);
        await leader.DisposeAsync();
        Assert.Equal(ProposalOutcome.Unknown, (await pending).Outcome);
        Assert.Equal(ProposalOutcome.Refused, (await leader.ProposeAsync(Put("k", "v"), CancellationToken.None)).Outcome);
        Assert.Null((await leader.ReadAsync(ReadConsistency.Linearizable, CancellationToken.None)).View);
        Assert.Null(await leader.Completion);
    }

    [Fact]
    public async Task Cancel_LetsTheCallerGo()
    {
        await using var cluster = new NodeCluster(3);
        var leader = await cluster.LeaderAsync();
        cluster.Faults[leader.Identity.ServerId].Matrix.Mute(true);
        using var cancel = new CancellationTokenSource();
        var pending = leader.ReadAsync(ReadConsistency.Linearizable, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
    }

    [Fact]
    public async Task FlushError_EndsTheServerWithAReason_P5()
    {
        var disk = new FailingDisk();
        await using var cluster = new NodeCluster(1, (id, options) => Steady(id, options with { Disk = disk }));
        await cluster.PutAsync("k", "v");
        disk.FlushFails = true;
        var pending = cluster[1].ProposeAsync(Put("k", "w"), CancellationToken.None);
        var reason = await cluster[1].Completion.WaitAsync(Patience.Limit);
        Assert.Equal("LogWriteFailed", reason!.Code);
        Assert.Contains("disk is broken", reason.Message);
        Assert.Equal(ProposalOutcome.Unknown, (await pending).Outcome);
        Assert.Equal(reason, cluster[1].Status.Halt);
    }

    [Fact]
    public async Task SecondServer_OnTheSameDirectory_IsRefusedWithTheProcessId()
    {
        await using var cluster = new NodeCluster(1);
        Assert.Equal(Environment.ProcessId, Assert.Throws<DataDirectoryInUseException>(() => cluster.Start(1)).ProcessId);
    }

    [Fact]
    public async Task Start_AnotherServersDirectory_IsRefused_M7()
    {
        await using var cluster = new NodeCluster(2);
        await cluster.StopAsync(1);
        await cluster.StopAsync(2);
        Directory.Delete(cluster.DirectoryOf(1), recursive: true);
        Assert.Contains("raftkv-node init", Assert.Throws<InvalidDataException>(() => cluster.Start(1)).Message);
        Directory.Move(cluster.DirectoryOf(2), cluster.DirectoryOf(1));
        Assert.Contains("belongs to server 2", Assert.Throws<InvalidDataException>(() => cluster.Start(1)).Message);
    }

    [Fact]
    public async Task ReadLog_ClampsToWhatIsThere()
    {
        await using var cluster = new NodeCluster(1);
        for (var i = 0; i < 5; i++)
        {
            await cluster.PutAsync($"k{i}", "v");
        }

        var entries = await cluster[1].ReadLogAsync(new LogIndex(-3), 4, CancellationToken.None);
        Assert.Equal([1L, 2, 3, 4], entries.Select(e => e.Id.Index.Value));
        Assert.Equal(EntryKind.NoOp, entries[0].Kind);
        Assert.Equal(CommandKind.Put, CommandCodec.Decode(entries[1].Payload).Kind);
        Assert.Empty(await cluster[1].ReadLogAsync(new LogIndex(100), 4, CancellationToken.None));
    }

    private sealed class FailingDisk() : DiskDecorator(RealDisk.Instance)
    {
        public volatile bool FlushFails;

        public override IDiskFile Create(string path) => new FailingFile(this, base.Create(path));

        public override IDiskFile Open(string path) => new FailingFile(this, base.Open(path));

        private sealed class FailingFile(FailingDisk disk, IDiskFile file) : DiskFileDecorator(file)
        {
            public override void Flush()
            {
                if (disk.FlushFails)
                {
                    throw new IOException("The disk is broken.");
                }

                base.Flush();
            }
        }
    }
}
