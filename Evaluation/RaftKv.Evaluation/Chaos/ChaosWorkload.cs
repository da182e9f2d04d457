using System.Diagnostics;
using System.Text;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Evaluation.Checking;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Evaluation.Chaos;

/// <summary>
/// Clients that put, get, compare and set, and delete, and record what they saw. Shaped so that a checker can decide: few
/// keys at a time, each retired after 200 operations or 8 unknown ones; values are unique; a client whose outcome is
/// unknown goes on under another identity. One client in five only reads, and stays with a server as long as that
/// answers: only such a client can meet a leader that the others have deposed. One in ten scans: see <see cref="ChaosScans"/>.
/// </summary>
public sealed class ChaosWorkload
{
    private const int MaxOperations = 200;
    private const int MaxUnknowns = 8;
    private const int ClientsPerKey = 3;
    private const int ClientsPerReader = 5;
    private const int ClientsPerScanner = 10;

    /// <summary>How long a reader waits for its server. A read that was not answered tells nothing, so little is lost.</summary>
    private static readonly TimeSpan ReaderPatience = TimeSpan.FromMilliseconds(500);

    private readonly ClusterClient _cluster;
    private readonly ClusterClient _readers;
    private readonly ChaosWorkloadOptions _options;
    private readonly string _prefix = MeasurementKeys.NewPrefix();
    private readonly Lock _lock = new();
    private readonly List<ChaosKey> _keys = [];
    private readonly ChaosKey[] _active;
    private readonly ChaosScans _scans;
    private int _nextProcess;
    private int _completed;
    private int _failed;
    private int _unknown;
    private int _compares;

    private ChaosWorkload(ClusterClient cluster, ClusterClient readers, ChaosWorkloadOptions options)
    {
        _cluster = cluster;
        _readers = readers;
        _options = options;
        _scans = new ChaosScans(_prefix + "scan");
        _active = [.. Enumerable.Range(0, Math.Max(1, options.ClientCount / ClientsPerKey)).Select(_ => NewKey())];
    }

    /// <summary>Runs the clients, and reads every key once more at the end, when the faults should be over: <paramref name="calm"/> is waited for before.</summary>
    /// <exception cref="RaftKvException">A session cannot be opened, or a last read fails.</exception>
    public static async Task<ChaosWorkloadResult> RunAsync(
        ClusterClient cluster, ChaosWorkloadOptions options, Func<Task>? calm = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(options);
        await using var readers = new ClusterClient(cluster.Spec, new ClientOptions { Deadline = ReaderPatience });
        var workload = new ChaosWorkload(cluster, readers, options);
        ChaosWorkloadResult result;
        bool isClean;
        try
        {
            result = await workload.RunAsync(calm, cancellationToken);
        }
        finally
        {
            isClean = await MeasurementKeys.RemoveAsync(cluster, workload._prefix);
        }

        return isClean ? result : result with { LeftPrefix = workload._prefix };
    }

    private async Task<ChaosWorkloadResult> RunAsync(Func<Task>? calm, CancellationToken cancellationToken)
    {
        using var recorder = new HistoryRecorder(_options.HistoryPath);
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, _options.ClientCount).Select(i => Task.Run(() => RunClientAsync(i, recorder, clock, cancellationToken), cancellationToken)));
        var elapsed = clock.Elapsed;
        if (calm is not null)
        {
            await calm();
        }

        var wrong = await ReadAllAsync(recorder, cancellationToken);
        return new ChaosWorkloadResult
        {
            Completed = _completed,
            Failed = _failed,
            Unknown = _unknown,
            CompareShare = (double)_compares / Math.Max(1, _completed + _unknown),
            KeyCount = _keys.Count,
            Elapsed = elapsed,
            WrongVersions = wrong,
        };
    }

    private async Task RunClientAsync(int number, HistoryRecorder recorder, Stopwatch clock, CancellationToken cancellationToken)
    {
        var random = new Random(unchecked((int)_options.Seed * 7919) + number);
        var process = Interlocked.Increment(ref _nextProcess);
        var isReader = number % ClientsPerReader == ClientsPerReader - 1;
        var isScanner = number % ClientsPerScanner == 0;
        await using var client = (isReader ? _readers : _cluster).CreateKvClient();
        var serial = 0;
        int? server = null;
        while (clock.Elapsed < _options.Duration)
        {
            FollowMembers();
            var outcome = isScanner ? await ScanAsync(client, recorder, process, $"{process}.{++serial}", random, cancellationToken)
                : isReader ? await ReadAsync(client, recorder, process, Take(number), server ??= await ChooseServerAsync(random, cancellationToken), cancellationToken)
                : await OperateAsync(client, recorder, process, Take(number), $"{process}.{++serial}", random, cancellationToken);
            process = outcome == Outcome.Unknown ? Interlocked.Increment(ref _nextProcess) : process;
            server = outcome == Outcome.Ok ? server : null;
            await Task.Delay(_options.Pause * (2 * random.NextDouble()), cancellationToken);
        }
    }

    /// <summary>The leader, or now and then anybody: followers answer reads too.</summary>
    private async Task<int> ChooseServerAsync(Random random, CancellationToken cancellationToken)
    {
        var servers = _readers.Spec.Servers;
        var anybody = servers[random.Next(servers.Count)].Id;
        return random.Next(4) > 0 && await _readers.GetLeaderViewsAsync(cancellationToken) is [var leader, ..] ? leader.Id : anybody;
    }

    private void FollowMembers()
    {
        if (_options.Members?.Invoke() is { } spec && !ReferenceEquals(spec, _cluster.Spec))
        {
            _cluster.Use(spec);
            _readers.Use(spec);
        }
    }

    private Task<Outcome> ReadAsync(KvClient client, HistoryRecorder recorder, int process, ChaosKey key, int server, CancellationToken cancellationToken)
    {
        var call = recorder.Begin(process, HistoryOperationKind.Get, key.Name);
        return RecordAsync(call, key, () => SendAsync(client, call, HistoryOperationKind.Get, key, "", 0, server, cancellationToken));
    }

    private Task<Outcome> OperateAsync(
        KvClient client, HistoryRecorder recorder, int process, ChaosKey key, string value, Random random, CancellationToken cancellationToken)
    {
        var choice = random.NextDouble();
        var kind = choice < 0.6 ? HistoryOperationKind.CompareAndSet
            : choice < 0.7 ? HistoryOperationKind.Get
            : choice < 0.9 || key.IsCounter ? HistoryOperationKind.Put
            : HistoryOperationKind.Delete;
        var expected = Volatile.Read(ref key.LastVersion);
        var call = recorder.Begin(
            process, kind, key.Name, kind is HistoryOperationKind.Put or HistoryOperationKind.CompareAndSet ? value : null,
            expectedVersion: kind == HistoryOperationKind.CompareAndSet ? expected : null);
        return RecordAsync(call, key, () => SendAsync(client, call, kind, key, value, expected, null, cancellationToken));
    }

    private async Task<Outcome> ScanAsync(KvClient client, HistoryRecorder recorder, int process, string value, Random random, CancellationToken cancellationToken)
    {
        var (call, send) = _scans.Next(client, recorder, process, value, random, cancellationToken);
        var outcome = await RecordAsync(call, null, send);
        if (outcome == Outcome.Unknown)
        {
            _scans.Retire();
        }

        return outcome;
    }

    private async Task<Outcome> RecordAsync(RecordedCall call, ChaosKey? key, Func<Task> send)
    {
        try
        {
            await send();
            Interlocked.Increment(ref _completed);
            Interlocked.Add(ref _compares, call.Kind == HistoryOperationKind.CompareAndSet ? 1 : 0);
            return Outcome.Ok;
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.OutcomeUnknown)
        {
            call.Unknown(e.Kind.ToString());
            Interlocked.Increment(ref _unknown);
            Interlocked.Add(ref _compares, call.Kind == HistoryOperationKind.CompareAndSet ? 1 : 0);
            if (key is not null)
            {
                Interlocked.Increment(ref key.Unknowns);
            }

            return Outcome.Unknown;
        }
        catch (RaftKvException e)
        {
            call.Failed(e.Kind.ToString());
            Interlocked.Increment(ref _failed);
            return Outcome.Failed;
        }
    }

    private static async Task SendAsync(
        KvClient client, RecordedCall call, HistoryOperationKind kind, ChaosKey key, string value, long expected, int? server, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        switch (kind)
        {
            case HistoryOperationKind.Get:
                var pair = await client.GetAsync(key.Bytes, serverId: server, cancellationToken: cancellationToken);
                key.Saw(pair?.Version ?? 0);
                call.Ok(pair is null ? null : Encoding.UTF8.GetString(pair.Value), pair?.Version ?? 0);
                break;
            case HistoryOperationKind.Put:
                key.Wrote(call, (await client.PutAsync(key.Bytes, bytes, default, cancellationToken)).Version);
                break;
            case HistoryOperationKind.Delete:
                try
                {
                    await client.DeleteAsync(key.Bytes, default, cancellationToken);
                    key.Saw(0);
                    call.Ok(applied: true);
                }
                catch (RaftKvException e) when (e.Kind == ErrorKind.KeyNotFound)
                {
                    call.Ok(applied: false);
                }

                break;
            default:
                try
                {
                    var condition = new WriteCondition { Version = expected };
                    key.Wrote(call, (await client.PutAsync(key.Bytes, bytes, condition, cancellationToken)).Version, applied: true);
                }
                catch (RaftKvException e) when (e.Kind == ErrorKind.VersionMismatch)
                {
                    key.Saw(e.ActualVersion);
                    call.Ok(version: e.ActualVersion, applied: false);
                }

                break;
        }
    }

    private async Task<IReadOnlyList<string>> ReadAllAsync(HistoryRecorder recorder, CancellationToken cancellationToken)
    {
        var wrong = new List<string>();
        await using var client = _cluster.CreateKvClient();
        var process = Interlocked.Increment(ref _nextProcess);
        foreach (var key in _keys)
        {
            var call = recorder.Begin(process, HistoryOperationKind.Get, key.Name);
            var pair = await client.GetAsync(key.Bytes, cancellationToken: cancellationToken);
            var version = pair?.Version ?? 0;
            call.Ok(pair is null ? null : Encoding.UTF8.GetString(pair.Value), version);
            if (key.IsCounter && (version < key.Acknowledged || version > key.Acknowledged + key.Unknowns))
            {
                wrong.Add($"{key.Name}: version {version} after {key.Acknowledged} acknowledged and {key.Unknowns} unknown writes");
            }
        }

        return wrong;
    }

    private ChaosKey Take(int client)
    {
        lock (_lock)
        {
            var place = client % _active.Length;
            var key = _active[place];
            if (key.Operations >= MaxOperations || Volatile.Read(ref key.Unknowns) >= MaxUnknowns - ClientsPerKey)
            {
                // Clients that work on the old key at this moment may still add an unknown outcome each: hence the margin.
                key = _active[place] = NewKey();
            }

            key.Operations++;
            return key;
        }
    }

    private ChaosKey NewKey()
    {
        var key = new ChaosKey(_prefix + (_keys.Count + 1), _keys.Count % 2 == 0);
        _keys.Add(key);
        return key;
    }

    private enum Outcome
    {
        Ok,
        Failed,
        Unknown,
    }
}
