using RaftKv.Api;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Measurement;

/// <summary>
/// Clients that each send the next operation when the last one ended, as tasks over shared connections. Sessions are
/// open and the warm-up is over before the clock starts.
/// What counts is what ended while the clock ran: in the steady state that is unbiased even where one operation takes a
/// good part of the whole time. Operations still under way at the end do not count as acknowledged; they are given as
/// long as a client waits for an answer, so that none is called unknown only because the measurement is over.
/// </summary>
internal sealed class ClosedLoop
{
    private const int OpeningAtOnce = 256;

    private static readonly TimeSpan ClosingLimit = TimeSpan.FromSeconds(3);

    /// <summary>More than a client's own deadline: by then it has said by itself what became of its last operation.</summary>
    private static readonly TimeSpan Grace = new ClientOptions().Deadline + TimeSpan.FromSeconds(2);

    /// <summary>A slow cluster is warm long before the count is reached: then the time ends the warm-up.</summary>
    private static readonly TimeSpan WarmupLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(10);

    private readonly string _prefix = MeasurementKeys.NewPrefix();
    private readonly Tally _tally = new();
    private long _start = long.MaxValue;
    private long _end = long.MaxValue;

    public required Operation Operation { get; init; }

    public required int ClientCount { get; init; }

    public required int ValueBytes { get; init; }

    public required ulong Seed { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Operations of each client; 0: the duration decides.</summary>
    public int Count { get; init; }

    /// <summary>Operations before the clock starts, as many as fit into <see cref="WarmupLimit"/>.</summary>
    public int WarmupCount { get; init; }

    public TimeSpan Warmup { get; init; }

    public IProgress<double>? Progress { get; init; }

    /// <summary>Tells the time. A failed operation's pause is real in any case.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Processes that belong to the cluster without descending from this one, for example a detached agent.</summary>
    public IReadOnlyList<int> ClusterProcesses { get; init; } = [];

    /// <summary>Removes all keys below a prefix at the end, and says whether it could; null: they stay.</summary>
    public Func<string, Task<bool>>? Remove { get; init; }

    public async Task<MeasurementResult> RunAsync(Func<IKvOperations> connect, CancellationToken cancellationToken)
    {
        MeasurementResult result;
        bool isClean;
        try
        {
            result = await WorkAsync(connect, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            isClean = Remove is null || await Remove(_prefix).ConfigureAwait(false);
        }

        return isClean ? result : result with { LeftPrefix = _prefix };
    }

    private async Task<MeasurementResult> WorkAsync(Func<IKvOperations> connect, CancellationToken cancellationToken)
    {
        var clients = new List<Client>(ClientCount);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            for (var i = 0; i < ClientCount; i++)
            {
                clients.Add(new Client(connect(), new Payload(_prefix, Seed, i, ClientCount, ValueBytes)));
            }

            var opening = new ParallelOptions { MaxDegreeOfParallelism = OpeningAtOnce, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(clients, opening, PrepareAsync).ConfigureAwait(false);
            return await MeasureAsync(clients, ending, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Closing sessions is not part of the measurement: after a cancellation no one waits for it, and a cluster
            // that does not answer must not hold up the result.
            var closing = Task.WhenAll(clients.Select(c => c.Operations.DisposeAsync().AsTask()));
            await closing.WaitAsync(ClosingLimit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask PrepareAsync(Client client, CancellationToken cancellationToken)
    {
        await client.Operations.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (Operation == Operation.Get)
        {
            await client.Operations.PutAsync(client.Payload.Key(0), client.Payload.Value(), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<MeasurementResult> MeasureAsync(List<Client> clients, CancellationTokenSource ending, CancellationToken cancellationToken)
    {
        var warming = Time.GetTimestamp();
        for (var i = 0; i < WarmupCount && Time.GetElapsedTime(warming) < WarmupLimit; i++)
        {
            await OneAsync(clients[0], i, cancellationToken).ConfigureAwait(false);
        }

        var environment = EnvironmentProbe.Start(ClusterProcesses);
        var watch = Time.GetTimestamp();
        _start = watch + Ticks(Warmup);
        _end = Count > 0 ? long.MaxValue : _start + Ticks(Duration);
        var processorBefore = Environment.CpuUsage.TotalTime;
        var token = ending.Token;
        var loops = clients.Select(c => Task.Run(() => LoopAsync(c, ending, token), token)).ToArray();
        await FollowAsync(Task.WhenAll(loops), ending, cancellationToken).ConfigureAwait(false);
        var ended = Count > 0 ? Time.GetTimestamp() : _end;
        var processor = Environment.CpuUsage.TotalTime - processorBefore;
        cancellationToken.ThrowIfCancellationRequested();
        Progress?.Report(1);
        var share = processor / Time.GetElapsedTime(watch);
        return _tally.ToResult(this, Time.GetElapsedTime(_start, ended), share) with { OtherCpuPercent = environment.OtherCpuPercent() };
    }

    /// <summary>Reports progress until all clients have ended, and ends those that do not end by themselves.</summary>
    private async Task FollowAsync(Task loops, CancellationTokenSource ending, CancellationToken cancellationToken)
    {
        var interval = TimeSpan.FromMilliseconds(100);
        while (!loops.IsCompleted)
        {
            var now = Time.GetTimestamp();
            if (now > _end && Time.GetElapsedTime(_end, now) > Grace)
            {
                await ending.CancelAsync().ConfigureAwait(false);
                break;
            }

            Progress?.Report(Math.Clamp(Count > 0 ? (double)_tally.Ended / Count : (double)(now - _start) / (_end - _start), 0, 1));
            await Task.WhenAny(loops, Task.Delay(interval, Time, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        await loops.ConfigureAwait(false);
    }

    private async Task LoopAsync(Client client, CancellationTokenSource ending, CancellationToken token)
    {
        try
        {
            for (var i = 0L; Count > 0 ? i < Count : Time.GetTimestamp() < _end; i++)
            {
                var began = Time.GetTimestamp();
                var failure = await OneAsync(client, i, token).ConfigureAwait(false);
                var now = Time.GetTimestamp();
                if (now >= _start)
                {
                    _tally.Add(failure, Time.GetElapsedTime(began, now), inTime: now <= _end);
                }

                if (failure is not null)
                {
                    await Task.Delay(PauseAfterFailure, token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // Cut off in mid-flight: a write may or may not happen yet.
            _tally.Add(Operation == Operation.Put ? ErrorKind.OutcomeUnknown : ErrorKind.ReadTimeout, default, inTime: false);
        }
        catch
        {
            // One client's fatal error ends all, instead of after the whole duration.
            await ending.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <returns>Null when it succeeded, or why it did not.</returns>
    private async Task<ErrorKind?> OneAsync(Client client, long number, CancellationToken cancellationToken)
    {
        try
        {
            if (Operation == Operation.Put)
            {
                await client.Operations.PutAsync(client.Payload.Key(number), client.Payload.Value(), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await client.Operations.GetAsync(client.Payload.Key(0), cancellationToken).ConfigureAwait(false);
            }

            return null;
        }
        catch (RaftKvException e) when (MayPass(e.Kind))
        {
            return e.Kind;
        }
    }

    /// <summary>Whether a later operation of the same kind may succeed: what elections, faults and load cause.</summary>
    private static bool MayPass(ErrorKind kind) => kind is ErrorKind.NoLeader or ErrorKind.ServerUnreachable
        or ErrorKind.OutcomeUnknown or ErrorKind.ReadTimeout or ErrorKind.WaitTimeout or ErrorKind.Overloaded;

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Time.TimestampFrequency);

    private sealed record Client(IKvOperations Operations, Payload Payload);
}
