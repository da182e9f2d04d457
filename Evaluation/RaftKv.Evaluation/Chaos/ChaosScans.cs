using System.Text;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Evaluation.Checking;

namespace RaftKv.Evaluation.Chaos;

/// <summary>
/// The part of a recorded workload that scans: few clients put, delete and scan a few keys that no one else uses. Keys that
/// are scanned are judged together, which only small histories allow: after 60 operations or one of unknown outcome new
/// keys are taken. Thread-safe.
/// </summary>
internal sealed class ChaosScans(string prefix)
{
    private const int MaxOperations = 60;
    private const int Keys = 3;

    private readonly Lock _lock = new();
    private int _group = 1;
    private int _operations;

    /// <summary>Gives up the keys in use.</summary>
    public void Retire()
    {
        lock (_lock)
        {
            _group++;
            _operations = 0;
        }
    }

    /// <summary>What is to be done next: recorded as asked for, and yet to be sent.</summary>
    public (RecordedCall Call, Func<Task> Send) Next(
        KvClient client, HistoryRecorder recorder, int process, string value, Random random, CancellationToken cancellationToken)
    {
        var scanned = $"{prefix}/{Take()}/";
        var choice = random.NextDouble();
        if (choice < 0.4)
        {
            var scan = recorder.Begin(process, HistoryOperationKind.Scan, scanned);
            return (scan, () => ScanAsync(client, scan, scanned, cancellationToken));
        }

        var key = scanned + random.Next(Keys);
        var kind = choice < 0.85 ? HistoryOperationKind.Put : HistoryOperationKind.Delete;
        var write = recorder.Begin(process, kind, key, kind == HistoryOperationKind.Put ? value : null);
        return (write, () => WriteAsync(client, write, kind, key, value, cancellationToken));
    }

    private int Take()
    {
        lock (_lock)
        {
            if (++_operations > MaxOperations)
            {
                _group++;
                _operations = 1;
            }

            return _group;
        }
    }

    private static async Task ScanAsync(KvClient client, RecordedCall call, string prefix, CancellationToken cancellationToken)
    {
        // All keys come in one page, read at one moment.
        var found = new List<ScannedPair>();
        await foreach (var pair in client.ScanAsync(Encoding.UTF8.GetBytes(prefix), pageSize: 2 * Keys, cancellationToken: cancellationToken))
        {
            found.Add(new ScannedPair(Encoding.UTF8.GetString(pair.Key), Encoding.UTF8.GetString(pair.Value), pair.Version));
        }

        call.Found(found);
    }

    private static async Task WriteAsync(KvClient client, RecordedCall call, HistoryOperationKind kind, string key, string value, CancellationToken cancellationToken)
    {
        var name = Encoding.UTF8.GetBytes(key);
        if (kind == HistoryOperationKind.Put)
        {
            call.Ok(version: (await client.PutAsync(name, Encoding.UTF8.GetBytes(value), default, cancellationToken)).Version);
            return;
        }

        try
        {
            await client.DeleteAsync(name, default, cancellationToken);
            call.Ok(applied: true);
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.KeyNotFound)
        {
            call.Ok(applied: false);
        }
    }
}
