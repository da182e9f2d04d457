using Grpc.Core;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using RaftKv.Node.Services;
using RaftKv.Tests.Storage;
using static RaftKv.Tests.Engine.NodeCluster;

namespace RaftKv.Tests.Engine;

/// <summary>Disks that refuse, and disks that hang.</summary>
public sealed class DiskFaultTests
{
    /// <summary>Whatever it is that the disk refuses: nothing of that file is used, and it is written again.</summary>
    [Theory]
    [InlineData("create")]
    [InlineData("write")]
    [InlineData("flush")]
    [InlineData("rename")]
    [InlineData("flush the names in")]
    public void Snapshot_AnyStepOfWhichIsRefused_IsGivenUpAndWrittenAgain(string refused)
    {
        var isBroken = false;
        var disk = new CrashDisk();
        using var store = SnapshotStore.Open(Refusing(disk, step => isBroken && step.What == refused), SnapshotSamples.Directory);
        isBroken = true;
        using var work = new SnapshotWork(store, () => SnapshotSamples.StateAt(100), () => { });
        work.Freeze();
        work.Write(SnapshotSamples.Meta(100, 1));
        for (var i = 0; i < 3; i++)
        {
            DoAll(work);
            Assert.True(work.WaitsForRoom);
            Assert.Contains("could not be written: Input/output error", work.Trouble);
            Assert.Empty(Answers(work));
        }

        isBroken = false;
        DoAll(work);
        Assert.Equal([new SnapshotTaken(SnapshotSamples.Meta(100, 1))], Answers(work));
        Assert.Null(work.Trouble);
        using var again = SnapshotStore.Open(disk.AfterCrash(seed: 1), SnapshotSamples.Directory);
        Assert.Equal(SnapshotSamples.StateAt(100), again.LoadNewest()!.Value.View);
    }

    /// <summary>The log holds what the snapshot would: no reason to end.</summary>
    [Fact]
    public async Task ServerWhoseSnapshotsAreRefused_SaysSoAndGoesOn()
    {
        var isBroken = false;
        var disk = Refusing(
            RealDisk.Instance, step => Volatile.Read(ref isBroken) && step.Path.Contains(DataDirectory.SnapshotDirectory, StringComparison.Ordinal));
        await using var cluster = new NodeCluster(1, (_, options) => options with { Disk = disk, SnapshotThresholdEntries = 0 });
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster[1].SnapshotRefused += text => said.TrySetResult(text);
        await cluster.PutAsync("first", "v");
        Volatile.Write(ref isBroken, true);

        var checkpoint = cluster[1].CheckpointAsync(TestContext.Current.CancellationToken);
        Assert.Contains("Input/output error", await said.Task.WaitAsync(Patience.Limit));
        await cluster.PutAsync("second", "v");
        Assert.Null(cluster[1].Status.Halt);
        Assert.False(checkpoint.IsCompleted);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => SnapshotSource.TakeAsync(cluster[1], TestContext.Current.CancellationToken));
        Assert.Equal(ErrorCode.Overloaded, new RpcFailure(refusal).Code);
        Assert.Matches("takes no snapshot: Input/output error.*-Surviving", refusal.Status.Detail);

        Volatile.Write(ref isBroken, false);
        var taken = (await checkpoint)!.Value.Last;
        await cluster.StopAsync(1);
        cluster.Start(1);
        Assert.True(cluster[1].Status.Snapshot.Index >= taken.Index);
        Assert.Equal("v", Get(cluster[1].View, "first"));
    }

    /// <summary>It lives on in files that have no name any more. A snapshot of before is gone with the directory, also where no newer one is due.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SnapshotOfAServerWhoseDirectoryWasDeleted_IsRefusedWithWhatIsSo(bool hasNewWrites)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows deletes no file that is open.");
        await using var cluster = new NodeCluster(1, (_, options) => options with { SnapshotThresholdEntries = 0 });
        await cluster.PutAsync("first", "v");
        await SnapshotSource.TakeAsync(cluster[1], TestContext.Current.CancellationToken);
        if (hasNewWrites)
        {
            await cluster.PutAsync("second", "v");
        }

        Directory.Delete(cluster.DirectoryOf(1), recursive: true);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => SnapshotSource.OpenNewestAsync(cluster[1], cluster.DirectoryOf(1), TestContext.Current.CancellationToken));

        Assert.Equal(ErrorCode.DataDirectoryMissing, new RpcFailure(refusal).Code);
        Assert.Contains($"{cluster.DirectoryOf(1)} of this server is gone", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("Add-RaftMember", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("-Surviving", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void SnapshotThatArrives_AndIsRefused_IsTakenWhenItIsSentAgain()
    {
        var disk = new CrashDisk { FlushError = new IOException("Input/output error.") };
        using var work = new SnapshotWork(SnapshotStore.Open(disk, SnapshotSamples.Directory), () => SnapshotSamples.StateAt(1), () => { });
        var parts = SnapshotSamples.Chunks(SnapshotSamples.Meta(50, 4), SnapshotSamples.Foreign(50, 4), 1024);
        Array.ForEach(parts, work.Receive);
        DoAll(work);
        Assert.Contains("could not be received", work.Trouble);
        Assert.DoesNotContain(Answers(work), a => a is SnapshotReceived);

        disk.FlushError = null;
        Array.ForEach(parts, work.Receive);
        DoAll(work);
        Assert.Null(work.Trouble);
        Assert.IsType<SnapshotReceived>(Answers(work)[^1]);
    }

    [Fact]
    public void SnapshotThatCannotBeRead_IsAFaultThatNamesTheFile()
    {
        var disk = new CrashDisk();
        using var store = SnapshotStore.Open(new UnreadableDisk(disk), SnapshotSamples.Directory);
        store.Take(50, 1);
        using var work = new SnapshotWork(store, () => SnapshotSamples.StateAt(50), () => { });
        foreach (var isFirst in new[] { true, false })
        {
            work.Request(new SnapshotRead(1, SnapshotSamples.At(50, 1), 0, 10, isFirst));
            DoAll(work);
            Assert.True(work.TryTakeRead(out var part));
            Assert.Equal(0, part.TotalBytes);
            Assert.True(!isFirst || part.Fault!.Contains(SnapshotFormat.NameOf(SnapshotSamples.At(50, 1)), StringComparison.Ordinal), part.Fault);
        }
    }

    /// <summary>
    /// A leader whose flush hangs leads on paper only: it goes, another one serves, and what it was given last is unknown and
    /// never acknowledged. Once its disk goes on, so does it. However long that takes: the test holds it until all of this came.
    /// </summary>
    [Fact]
    public async Task LeaderWhoseFlushHangs_StepsDown_AndIsBackOnceItsDiskGoesOn()
    {
        using var open = new ManualResetEventSlim(initialState: true);
        var hanging = 0;
        await using var cluster = new NodeCluster(3, (id, options) => options with
        {
            Disk = new StepDisk(RealDisk.Instance, step =>
            {
                if (step.What == "flush" && Volatile.Read(ref hanging) == id)
                {
                    open.Wait();
                }
            }),
        });
        try
        {
            await cluster.PutAsync("before", "v");
            var leader = await cluster.LeaderAsync();
            open.Reset();
            Volatile.Write(ref hanging, leader.Identity.ServerId);
            var pending = leader.ProposeAsync(Put("pending", "v"), CancellationToken.None);
            await Until(() => leader.Status.Role != Role.Leader, "the leader with the hanging disk to step down");
            await cluster.PutAsync("meanwhile", "v");
            var outcome = (await pending).Outcome;

            // The others may have had it durable: then it is committed, with them and without the old leader's disk.
            Assert.Contains(outcome, new[] { ProposalOutcome.Unknown, ProposalOutcome.Applied });
            var other = cluster.Ids.First(i => i.Value != leader.Identity.ServerId).Value;
            Assert.True(outcome == ProposalOutcome.Unknown || Get(cluster[other].View, "pending") == "v");
            Assert.Null(leader.Status.Halt);
            open.Set();
            await Until(() => Get(leader.View, "meanwhile") == "v" && leader.Status.DurableIndex >= leader.Status.CommitIndex, "it to catch up");
        }
        finally
        {
            open.Set();
        }
    }

    private static StepDisk Refusing(IDisk disk, Func<DiskStep, bool> refuses) => new(disk, step =>
    {
        if (refuses(step))
        {
            throw new IOException("Input/output error.");
        }
    });

    private static void DoAll(SnapshotWork work)
    {
        while (work.Work())
        {
        }
    }

    private static List<InputEvent> Answers(SnapshotWork work)
    {
        var answers = new List<InputEvent>();
        while (work.TryTake(out var answer))
        {
            answers.Add(answer);
        }

        return answers;
    }

    /// <summary>A disk that takes what is written and gives nothing back.</summary>
    private sealed class UnreadableDisk(IDisk inner) : DiskDecorator(inner)
    {
        public override IDiskFile Open(string path) => new UnreadableFile(base.Open(path));

        private sealed class UnreadableFile(IDiskFile file) : DiskFileDecorator(file)
        {
            public override int Read(long offset, Span<byte> buffer) => throw new IOException("Input/output error.");
        }
    }
}
