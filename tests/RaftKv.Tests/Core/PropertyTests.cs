using CsCheck;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Core;

/// <summary>Parts with much arithmetic against slow models that are obviously right.</summary>
public sealed class PropertyTests
{
    [Fact]
    public void Quorum_ReachedIsTheLargestValueThatAMajorityHas() =>
        Gen.Long[0, 20].Array[1, 9].Sample(values =>
        {
            var model = values.Append(0).Where(v => values.Count(o => o >= v) > values.Length / 2).Max();
            return Quorum.Reached([.. values]) == model;
        });

    [Fact]
    public void Quorum_AnyTwoMajoritiesShareAServer() =>
        Gen.Int[1, 50].Sample(n => 2 * Quorum.Majority(n) > n && 2 * (Quorum.Majority(n) - 1) <= n);

    [Fact]
    public void RaftLog_BehavesLikeAListOfTerms()
    {
        var step = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 30], Gen.Int[1, 500]);
        Gen.Select(Gen.Int[0, 5], step.Array[0, 60]).Sample((compacted, steps) =>
        {
            var log = new RaftLog(TestServer.At(compacted, compacted == 0 ? 0 : 1), []);
            var model = new List<(long Term, int Size)>();
            foreach (var (kind, number, size) in steps)
            {
                if (kind < 7)
                {
                    var term = Math.Max(log.Last.Term.Value, 1) + (kind < 5 ? 0 : number % 3);
                    log.Append(new Term(term), size);
                    model.Add((term, size));
                }
                else if (model.Count > 0)
                {
                    var keep = number % model.Count;
                    log.TruncateFrom(new LogIndex(compacted + keep + 1));
                    model.RemoveRange(keep, model.Count - keep);
                }

                AssertSame(log, model, compacted);
            }
        });
    }

    private static void AssertSame(RaftLog log, List<(long Term, int Size)> model, int compacted)
    {
        Assert.Equal(compacted + model.Count, log.Last.Index.Value);
        Assert.Null(log.TermAt(new LogIndex(compacted + model.Count + 1)));
        Assert.Equal(compacted > 0 ? 1 : 0, log.TermAt(new LogIndex(compacted))!.Value.Value);
        Assert.InRange(log.RunCount, model.Count == 0 ? 0 : 1, model.Count);
        for (var i = 0; i < model.Count; i++)
        {
            Assert.Equal(model[i].Term, log.TermAt(new LogIndex(compacted + i + 1))!.Value.Value);
            Assert.Equal(model[i].Size, log.SizeAt(new LogIndex(compacted + i + 1)));
        }

        for (var at = 0; at <= model.Count + 1; at++)
        {
            var expected = model.Take(at).ToList().FindLastIndex(e => e.Term <= 2) + 1;
            Assert.Equal(compacted + expected, log.LastAtMost(new LogIndex(compacted + at), new Term(2)).Index.Value);
        }

        for (var first = 1; first <= model.Count; first += 7)
        {
            var last = log.Fit(new LogIndex(compacted + first), 600, out var bytes);
            var sizes = model.Skip(first - 1).Take((int)(last.Value - compacted) - first + 1).Select(e => e.Size).ToList();
            Assert.Equal(sizes.Sum(), bytes);
            Assert.True(bytes <= 600 || sizes.Count == 1);
            Assert.True(last == log.Last.Index || bytes + log.SizeAt(last.Next) > 600);
        }
    }

    [Fact]
    public void PersistentTree_BehavesLikeASortedDictionaryAndStaysBalanced() =>
        Gen.Select(Gen.Int[0, 60], Gen.Bool).Array[0, 300].Sample(steps =>
        {
            var tree = new PersistentTree<int, int>(Comparer<int>.Default);
            var model = new SortedDictionary<int, int>();
            var frozen = (Tree: tree, Model: model.ToList());
            for (var i = 0; i < steps.Length; i++)
            {
                var (key, sets) = steps[i];
                if (sets)
                {
                    tree = tree.Set(key, i);
                    model[key] = i;
                }
                else
                {
                    tree = tree.Remove(key);
                    model.Remove(key);
                }

                if (i == steps.Length / 2)
                {
                    frozen = (tree, model.ToList());
                }
            }

            Assert.Equal(model, tree.All());
            Assert.Equal(model.Count, tree.Count);
            Assert.Equal(model.Where(p => p.Key >= 30), tree.From(30));
            Assert.Equal(frozen.Model, frozen.Tree.All());
            Assert.True(tree.Height <= 1.45 * Math.Log2(tree.Count + 2), "The tree leans.");
        });

    [Fact]
    public void KvStore_BehavesLikeADictionaryOnAnyCommands()
    {
        var command = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 4], Gen.Int[0, 3]);
        command.Array[0, 100].Sample(commands =>
        {
            var store = new KvStore();
            var model = new SortedDictionary<string, (string Value, long Version)>(StringComparer.Ordinal);
            foreach (var (key, kind, number) in commands)
            {
                var name = $"k{key}";
                var condition = kind < 2 ? Condition.None : new Condition(ConditionKind.Version, number, default);
                var holds = kind < 2 || (model.TryGetValue(name, out var old) ? old.Version : 0) == number;
                var reply = KvStoreTests.Apply(store, kind % 2 == 0
                    ? KvStoreTests.Put(name, $"{number}", condition: condition)
                    : KvStoreTests.Delete(name, condition));
                Assert.Equal(holds, reply.Status != ReplyStatus.ConditionFailed);
                if (holds && kind % 2 == 0)
                {
                    model[name] = ($"{number}", model.TryGetValue(name, out var before) ? before.Version + 1 : 1);
                }
                else if (holds)
                {
                    Assert.Equal(model.Remove(name), reply.Status == ReplyStatus.Ok);
                }
            }

            var pairs = store.View.Scan(default, default).Select(p =>
                (System.Text.Encoding.UTF8.GetString(p.Key.Span), System.Text.Encoding.UTF8.GetString(p.Value.Span), p.Version));
            Assert.Equal(model.Select(p => (p.Key, p.Value.Value, p.Value.Version)), pairs);
        });
    }

    [Fact]
    public void Prng_DrawsUniformlyAndRepeatably()
    {
        var random = new Prng(42);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++)
        {
            counts[random.Between(0, 9)]++;
        }

        Assert.All(counts, c => Assert.InRange(c, 9_500, 10_500));
        Assert.Equal(new Prng(7).Next(), new Prng(7).Next());
        Assert.NotEqual(new Prng(7).Next(), new Prng(8).Next());
    }
}
