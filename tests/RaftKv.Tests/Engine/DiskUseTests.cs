using RaftKv.Engine.Storage;
using static RaftKv.Tests.Engine.NodeCluster;

namespace RaftKv.Tests.Engine;

/// <summary>What a server's data takes of the disk once it was compacted.</summary>
public sealed class DiskUseTests
{
    private const int SegmentBytes = 64 * 1024;
    private const int TrailingBytes = 200 * 1024;
    private const int Keys = 100;
    private const int ValueBytes = 2000;

    /// <summary>The two newest snapshots, the trailing log, the segment that it begins in and the one that is written to.</summary>
    [Fact]
    public async Task Directory_AfterCompaction_HoldsTwiceTheStateTheTrailingLogAndTwoSegments()
    {
        await using var cluster = new NodeCluster(1, (_, options) => options with
        {
            SegmentBytes = SegmentBytes,
            SnapshotThresholdEntries = 0,
            SnapshotThresholdBytes = 0,
            Raft = options.Raft with { SnapshotTrailingEntries = int.MaxValue, SnapshotTrailingBytes = TrailingBytes },
        });
        var leader = await cluster.LeaderAsync();
        var largest = 0L;
        for (var round = 0; round < 6; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, Keys).Select(i => cluster.PutAsync($"key{i}", $"{round}".PadRight(ValueBytes))));
            var taken = (await leader.CheckpointAsync(CancellationToken.None))!.Value.Last;
            await Until(() => leader.Status.FirstIndex.Value > 1 || round == 0, "the log's head to go");
            var live = new FileInfo(SnapshotStore.PathOf(cluster.DirectoryOf(1), taken)).Length;
            Assert.InRange(live, Keys * ValueBytes, 2 * Keys * ValueBytes);
            var bound = (2 * live) + TrailingBytes + (2 * SegmentBytes);

            // Dropping a segment follows the save that says so: at rest it has come.
            await Until(() => (largest = Bytes(cluster.DirectoryOf(1))) <= bound, $"at most {bound} bytes on the disk");
        }

        Assert.InRange(largest, 2 * Keys * ValueBytes, int.MaxValue);
    }

    private static long Bytes(string directory) => new[] { DataDirectory.LogDirectory, DataDirectory.SnapshotDirectory }
        .Sum(part => new DirectoryInfo(Path.Combine(directory, part)).GetFiles().Sum(f => f.Exists ? f.Length : 0));
}
