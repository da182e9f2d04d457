using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

/// <summary>
/// What a recovery takes of memory beside the state. The whole measurement, of a server's process with ten million entries,
/// is a command: <see cref="RecoveryCommand"/>.
/// </summary>
public sealed class RecoveryMemoryTests
{
    private const int EntryCount = 100_000;
    private const int SegmentBytes = 256 * 1024;
    private const int MostBytesAnEntry = 64;

    /// <summary>All that is allocated counts, not only what is left at the end: so the peak is at most that.</summary>
    [Fact]
    public void Open_ManySmallEntries_AllocatesAtMost64BytesForEach()
    {
        var disk = new CrashDisk();
        var options = Options with { SegmentBytes = SegmentBytes };
        using (var log = WriteAheadLog.Open(disk, LogSamples.Directory, options))
        {
            for (var first = 1; first < EntryCount; first += 1000)
            {
                log.Commit(Save(first, State(1), null, Entries(first, first + 999, 1, 8)));
            }
        }

        var raft = new RaftOptions { Id = new NodeId(1), Voters = [new NodeId(1)], Seed = 1 };
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var recovered = WriteAheadLog.Open(disk, LogSamples.Directory, options);
        var core = new Raft(raft, recovered.Recovered, new Instant(0));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(EntryCount, core.LastEntry.Index.Value);
        Assert.InRange(allocated, 8 * EntryCount, (MostBytesAnEntry * EntryCount) + SegmentBytes);
    }

    /// <summary>The index of positions in pages gives back what was put in, whatever was cut off at either end.</summary>
    [Fact]
    public void PositionIndex_CutAtBothEnds_FindsWhatAListFinds()
    {
        var random = new Random(1);
        var index = new PositionIndex(EntryId.Zero);
        var expected = new Dictionary<long, EntryPosition>();
        var (first, last, term, segment) = (1L, 0L, 1L, 1);
        for (var i = 0; i < 20_000; i++)
        {
            switch (random.Next(1000))
            {
                case 0 when last > first:
                    var compacted = random.NextInt64(first, last + 1);
                    index.CompactTo(new EntryId(expected[compacted].Term, new LogIndex(compacted)));
                    first = compacted + 1;
                    break;
                case 1 when last > first:
                    last = random.NextInt64(Math.Max(first, last - 1500), last + 1) - 1;
                    index.TruncateFrom(new LogIndex(last + 1));
                    break;
                case 2:
                    term++;
                    break;
                case 3:
                    segment++;
                    break;
                default:
                    expected[++last] = new EntryPosition(new Term(term), segment, random.Next(100), random.Next(100_000));
                    index.Add(expected[last]);
                    break;
            }

            if (i % 97 == 0)
            {
                Assert.Equal((last - first + 1, last), (index.Count, index.Last.Index.Value));
                Assert.All(Enumerable.Range(0, index.Count), n => Assert.Equal(expected[first + n], index[new LogIndex(first + n)]));
                var metas = index.ToMeta();
                Assert.Equal(Enumerable.Range(0, index.Count).Select(n => new EntryMeta(expected[first + n].Term, expected[first + n].SizeBytes)), metas);
                Assert.True(index.Count == 0 || metas[^1] == metas.AsEnumerable().Last());
            }
        }

        Assert.True(first > 5000 && index.Count > 0, $"It was never cut: {first} to {last}.");
    }
}
