using System.Collections.Concurrent;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Tests.Evaluation;

/// <summary>Stands in for a cluster: every operation runs the given body, and what the clients did is counted.</summary>
internal sealed class FakeCluster(Func<int, CancellationToken, Task>? body = null)
{
    private int _connected;
    private int _atOnce;
    private int _puts;
    private int _gets;

    public int Opened;
    public int Disposed;
    public int MostAtOnce;

    public int Puts => _puts;

    public int Gets => _gets;

    public ConcurrentBag<(string Key, byte[] Value)> Written { get; } = [];

    public IKvOperations Connect() => new Client(this, Interlocked.Increment(ref _connected));

    private async Task RunAsync(int client, CancellationToken cancellationToken)
    {
        var now = Interlocked.Increment(ref _atOnce);
        int seen;
        while ((seen = Volatile.Read(ref MostAtOnce)) < now)
        {
            Interlocked.CompareExchange(ref MostAtOnce, now, seen);
        }

        try
        {
            await Task.Yield();
            if (body is not null)
            {
                await body(client, cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    private sealed class Client(FakeCluster cluster, int number) : IKvOperations
    {
        private bool _open;

        public Task OpenAsync(CancellationToken cancellationToken)
        {
            _open = true;
            Interlocked.Increment(ref cluster.Opened);
            return Task.CompletedTask;
        }

        public Task PutAsync(byte[] key, byte[] value, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref cluster._puts);
            cluster.Written.Add((System.Text.Encoding.UTF8.GetString(key), value));
            return _open ? cluster.RunAsync(number, cancellationToken) : throw new InvalidOperationException("not open");
        }

        public Task GetAsync(byte[] key, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref cluster._gets);
            return _open ? cluster.RunAsync(number, cancellationToken) : throw new InvalidOperationException("not open");
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref cluster.Disposed);
            return ValueTask.CompletedTask;
        }
    }
}
