using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Engine;

public sealed class EntryCacheTests
{
    [Fact]
    public void Truncation_OldEntriesAreNeverGivenOutAgain_P3()
    {
        var cache = new EntryCache(1_000_000);
        cache.Add(Save(1, null, null, Entries(1, 5, 1)));
        Assert.Equal(1, cache.Find(Range(3, 5))![2].Id.Term.Value);
        cache.Add(Save(2, null, 4, Entry(4, 2), Entry(5, 2)));
        Assert.Equal([1L, 2, 2], cache.Find(Range(3, 5))!.Select(e => e.Id.Term.Value));
        cache.Add(Save(3, null, 5));
        Assert.Null(cache.Find(Range(3, 5)));
        Assert.NotNull(cache.Find(Range(3, 4)));
    }

    [Fact]
    public void Bound_OnlyDurableEntriesGo()
    {
        var cache = new EntryCache(maxBytes: 100);
        cache.Add(Save(1, null, null, Entries(1, 4, 1)));
        cache.Add(Save(2, null, null, Entries(5, 8, 1)));
        Assert.Equal(8 * 42, cache.Bytes);
        cache.MarkDurable(1);
        Assert.Null(cache.Find(Range(4, 4)));
        Assert.NotNull(cache.Find(Range(5, 8)));
        cache.MarkDurable(2);
        Assert.Equal(7, cache.First.Value);
        Assert.Equal(2 * 42, cache.Bytes);
    }

    [Fact]
    public void LateCompletion_DoesNotLetReplacedEntriesGo_P3()
    {
        var cache = new EntryCache(maxBytes: 0);
        cache.Add(Save(1, null, null, Entries(1, 5, 1)));
        cache.Add(Save(2, null, 3, Entry(3, 2), Entry(4, 2)));
        cache.MarkDurable(1);
        Assert.Equal([2L, 2], cache.Find(Range(3, 4))!.Select(e => e.Id.Term.Value));
        Assert.Equal(2, cache.EndOnDisk(new LogIndex(4)).Value);
        cache.MarkDurable(2);
        Assert.Equal(0, cache.Bytes);
        Assert.Equal(4, cache.EndOnDisk(new LogIndex(4)).Value);
    }

    [Fact]
    public void Ring_GrowsAndWraps_KeepingOrder()
    {
        var cache = new EntryCache(maxBytes: 42 * 500);
        for (var i = 1; i <= 5000; i++)
        {
            cache.Add(Save(i, null, null, Entry(i, 1, "0123456789")));
            cache.MarkDurable(i - (i % 1500));
        }

        var first = cache.First.Value;
        Assert.InRange(first, 2, 4501);
        Assert.Equal(
            Enumerable.Range((int)first, (int)(5001 - first)).Select(i => (long)i),
            cache.Find(Range(first, 5000))!.Select(e => e.Id.Index.Value));
    }

    [Fact]
    public void Fit_StopsAtTheBoundButNeverBeforeTheFirst()
    {
        var cache = new EntryCache(1_000_000);
        cache.Add(Save(1, null, null, Entries(1, 5, 1)));
        Assert.Equal(1, cache.Fit(new LogIndex(1), new LogIndex(5), 1).Value);
        Assert.Equal(2, cache.Fit(new LogIndex(1), new LogIndex(5), 84).Value);
        Assert.Equal(5, cache.Fit(new LogIndex(1), new LogIndex(9), 10_000).Value);
    }
}
