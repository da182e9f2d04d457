using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Driver;
using RaftKv.Tests.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Engine;

/// <summary>
/// The threads beside the pump under stress: each port with a partner that uses it as the pump does, sleeping whenever it
/// waits for something. A promise that only some interleaving breaks is broken within a second or two; the races that are
/// planted into the ports (row H16 of the table of edge cases) show it. How long a test goes on decides only how many
/// interleavings it sees.
/// </summary>
public sealed class ThreadStressTests
{
    private static readonly TimeSpan Effort = TimeSpan.FromSeconds(2);

    /// <summary>A save is said to be durable only after its flush, saves come in order, and no completion is slept through.</summary>
    [Fact]
    public void LogWriter_CompletesWhatWasFlushed_InOrder_AndWakesThePump_H16()
    {
        using var storage = new CheckedStorage();
        var pump = new Sleeper();
        var failures = new List<Exception>();
        var writer = new LogWriterThread(storage, maxBatchBytes: 2000, "writer", pump.Wake, e => Fail(failures, e, pump));
        writer.Thread.Start();
        var (written, durable) = (0L, 0L);
        pump.Run(Effort, isLast =>
        {
            for (var burst = isLast ? 0 : pump.Random.Next(4); burst > 0 && written - durable < 50; burst--)
            {
                written++;
                writer.Write(Save(written, null, null, Entry(written, 1, new string('x', pump.Random.Next(300)))));
            }

            if (writer.TryTakeCompletion(out var saveId))
            {
                Assert.InRange(saveId, durable + 1, written);
                Assert.True(saveId <= storage.Flushed, $"Save {saveId} is said to be durable, and what was flushed ends with {storage.Flushed}.");
                durable = saveId;
            }

            Assert.Empty(failures);
            return durable < written;
        });
        writer.Thread.RequestStop();
        writer.Thread.Join();
        Assert.Empty(failures);
        Assert.Equal(written, storage.Flushed);
    }

    /// <summary>What is said to be applied is applied, and anyone who proposed it has its reply, and no other.</summary>
    [Fact]
    public void Applier_CompletesWhatWasApplied_AndEveryProposalOnce_H16()
    {
        var store = new KvStore();
        var requests = new RequestTable(store);
        var pump = new Sleeper();
        var failures = new List<Exception>();
        var applier = new ApplierThread(store, requests, null, "applier", pump.Wake, e => Fail(failures, e, pump));
        applier.Thread.Start();
        var waiting = new Queue<(long Index, PendingProposal Pending)>();
        var (handed, applied) = (0L, 0L);
        pump.Run(Effort, isLast =>
        {
            if (!isLast && handed - applied < 1000)
            {
                // Many at once take as long to apply as the pump takes to wake for those before.
                var entries = Enumerable.Range(1, 1 + pump.Random.Next(pump.Random.Next(2) == 0 ? 8 : 300)).Select(i => Put(handed + i)).ToArray();
                foreach (var entry in entries)
                {
                    var pending = requests.OpenProposal(CancellationToken.None)!;
                    requests.Appended(new ProposalAppended(pending.RequestId, entry.Id));
                    waiting.Enqueue((entry.Id.Index.Value, pending));
                }

                handed += entries.Length;
                applier.Apply(entries);
            }

            if (applier.TryTakeCompletion(out var index))
            {
                applied = index.Value;
                Assert.True(store.Applied >= index, $"Entry {index} is said to be applied, and the state is that of {store.Applied}.");
                while (waiting.TryPeek(out var first) && first.Index <= applied)
                {
                    var answer = waiting.Dequeue().Pending.Task;
                    Assert.True(answer.IsCompletedSuccessfully, $"Entry {first.Index} is applied, and its proposal is {answer.Status}.");
                    Assert.Equal(first.Index, ResultOf(answer).Reply.Revision);
                }
            }

            Assert.Empty(failures);
            return applied < handed;
        });
        applier.Thread.RequestStop();
        applier.Thread.Join();
        Assert.Empty(failures);
        Assert.Empty(waiting);
    }

    /// <summary>Every read is answered with what was asked for, beside a log that is appended to, truncated and dropped.</summary>
    [Fact]
    public void LogReader_AnswersEveryReadRightly_BesideAppendsTruncationsAndDrops_H16()
    {
        using var log = Open(new CrashDisk());
        for (var i = 1; i <= 40; i++)
        {
            log.Commit(Save(i, null, null, Sized(i)));
        }

        var pump = new Sleeper();
        var failures = new List<Exception>();
        var reader = new LogReaderThread(log, "reader", pump.Wake, e => Fail(failures, e, pump));
        reader.Thread.Start();
        var appender = new Appender(log);
        var asked = new Dictionary<long, LogRead>();
        var (nextId, read) = (0L, 0L);
        pump.Run(Effort, isLast =>
        {
            for (var burst = isLast ? 0 : pump.Random.Next(3); burst > 0 && asked.Count < 2; burst--)
            {
                var first = Math.Max(1, log.Last.Index.Value - 12 + pump.Random.Next(14));
                var ask = new LogRead(++nextId, Range(first, first + pump.Random.Next(8)), int.MaxValue);
                asked.Add(ask.ReadId, ask);
                reader.Request(ask);
            }

            while (reader.TryTake(out var result))
            {
                Assert.True(asked.Remove(result.ReadId, out var ask), $"Read {result.ReadId} was answered twice.");
                for (var i = 0; i < result.Entries.Count; i++)
                {
                    Assert.Equal(ask.Range.First + i, result.Entries[i].Id.Index);
                    Assert.StartsWith(Text(result.Entries[i].Id), Encoding.UTF8.GetString(result.Entries[i].Payload.Span), StringComparison.Ordinal);
                    read++;
                }
            }

            Assert.Empty(failures);
            return asked.Count > 0;
        });
        appender.Stop();
        reader.Thread.RequestStop();
        reader.Thread.Join();
        Assert.Empty(failures);
        Assert.True(read > 100, $"Only {read} entries were read.");
    }

    /// <summary>What many threads bring is all taken, and the bounds of what may wait stay right.</summary>
    [Fact]
    public void Inbox_TakesAllThatManyThreadsBring_AndItsBoundsStayRight_H16()
    {
        var inbox = new NodeInbox();
        var pump = new Sleeper();
        var brought = 0L;
        var isStopped = false;
        var bringers = Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            while (!Volatile.Read(ref isStopped))
            {
                if (inbox.TryAdd(new Proposal(1, new byte[100])))
                {
                    Interlocked.Increment(ref brought);
                    pump.Wake();
                }
            }
        })
        { IsBackground = true }).ToList();
        bringers.ForEach(b => b.Start());
        var taken = 0L;
        void TakeAll()
        {
            while (inbox.TryTake(out _))
            {
                taken++;
            }
        }

        pump.Run(Effort, isLast =>
        {
            TakeAll();
            return !isLast;
        });
        Volatile.Write(ref isStopped, true);
        Assert.All(bringers, b => Assert.True(b.Join(Patience.Limit)));
        TakeAll();
        Assert.Equal(brought, taken);
        var fits = 0;
        while (inbox.TryAdd(new Applied(LogIndex.Zero)))
        {
            fits++;
        }

        Assert.Equal(NodeInbox.MaxEvents, fits);
    }

    private static void Fail(List<Exception> failures, Exception failure, Sleeper pump)
    {
        failures.Add(failure);
        pump.Wake();
    }

    private static ProposalResult ResultOf(Task<ProposalResult> completed) =>
#pragma warning disable xUnit1031 // It is completed.
        completed.GetAwaiter().GetResult();
#pragma warning restore xUnit1031

    private static string Text(EntryId id) => $"{id} ";

    internal static LogEntry Sized(long index, long term = 1) =>
        Entry(index, term, Text(new EntryId(new Term(term), new LogIndex(index))).PadRight(100 + (int)(index % 7 * 90), '.'));

    private static LogEntry Put(long index) => new(
        new EntryId(new Term(1), new LogIndex(index)),
        EntryKind.Command,
        CommandCodec.Encode(new Command { Kind = CommandKind.Put, Key = Encoding.ASCII.GetBytes($"k{index % 50}"), Value = new byte[10] }));
}
