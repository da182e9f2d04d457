using Grpc.Core;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Connections;

/// <summary>
/// Sends writes that wait at the same time to one server in one message. The first goes at once; those that come while
/// calls are out make up the next one, so that messages grow with load and nothing waits for company. To its caller
/// each write looks as if it were a call of its own: its answer, its refusal, its cancellation. Thread-safe.
/// </summary>
internal sealed class WriteGatherer(ServerConnection server)
{
    /// <summary>The most calls out at once: while the server works on one the next is on its way.</summary>
    internal const int MaxCalls = 2;

    private const int MaxWrites = 1024;

    /// <summary>A message ends before the write with which it would exceed this, unless that is its only one.</summary>
    private const int MaxBytes = 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<Pending> _waiting = new();
    private int _calls;

    /// <summary>Sends a write and waits for what came of it.</summary>
    /// <exception cref="RpcException">As for a call of its own. One that was cancelled before it left says that nothing was done.</exception>
    public async Task<WriteReply> SendAsync(OneWrite write, CancellationToken cancellationToken)
    {
        var pending = new Pending(write);
        lock (_lock)
        {
            _waiting.Enqueue(pending);
            if (_calls < MaxCalls)
            {
                _calls++;
                using (ExecutionContext.SuppressFlow())
                {
                    _ = Task.Run(PumpAsync, CancellationToken.None);
                }
            }
        }

        await using var giveUp = cancellationToken.UnsafeRegister(static state => ((Pending)state!).GiveUp(), pending);
        return await pending.Task;
    }

    /// <summary>Makes call after call until nothing waits.</summary>
    private async Task PumpAsync()
    {
        while (true)
        {
            using var call = new Call();
            if (Take(call) is not { } batch)
            {
                return;
            }

            call.RemoveOne();
            await CallAsync(batch, call.Token);
        }
    }

    private List<Pending>? Take(Call call)
    {
        lock (_lock)
        {
            List<Pending>? batch = null;
            var bytes = 0;
            while (_waiting.TryPeek(out var next))
            {
                var size = next.Write.CalculateSize();
                if (batch is not null && (batch.Count == MaxWrites || bytes + size > MaxBytes))
                {
                    break;
                }

                _waiting.Dequeue();
                if (next.TryLeave(call))
                {
                    (batch ??= new List<Pending>(Math.Min(MaxWrites, _waiting.Count + 1))).Add(next);
                    bytes += size;
                }
            }

            if (batch is null)
            {
                _calls--;
            }

            return batch;
        }
    }

    private async Task CallAsync(List<Pending> batch, CancellationToken cancellationToken)
    {
        var request = new WriteManyRequest { Header = server.Header };
        request.Writes.Capacity = batch.Count;
        foreach (var pending in batch)
        {
            request.Writes.Add(pending.Write);
        }

        try
        {
            var reply = await server.KeyValue.WriteManyAsync(request, cancellationToken: cancellationToken);
            if (reply.Outcomes.Count != batch.Count)
            {
                throw new RpcException(new Status(StatusCode.Internal, $"{batch.Count} writes got {reply.Outcomes.Count} answers."));
            }

            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].End(reply.Outcomes[i]);
            }
        }
        catch (Exception e) when (e is RpcException or ObjectDisposedException)
        {
            foreach (var pending in batch)
            {
                pending.TrySetException(e);
            }
        }
    }

    /// <summary>A call on its way: given up once no one waits for any of its writes.</summary>
    private sealed class Call : IDisposable
    {
        private readonly CancellationTokenSource _givenUp = new();
        private readonly Lock _lock = new();

        /// <summary>How many wait, and one more while it is being filled.</summary>
        private int _waiting = 1;
        private bool _isOver;

        public CancellationToken Token => _givenUp.Token;

        public void Add() => Interlocked.Increment(ref _waiting);

        public void RemoveOne()
        {
            lock (_lock)
            {
                if (Interlocked.Decrement(ref _waiting) == 0 && !_isOver)
                {
                    // Not on this thread: what waits for the token may need the locks of anyone who gives up.
                    _ = _givenUp.CancelAsync();
                }
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _isOver = true;
                _givenUp.Dispose();
            }
        }
    }

    /// <summary>A write from its request to its answer.</summary>
    private sealed class Pending(OneWrite write) : TaskCompletionSource<WriteReply>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private const int Waiting = 0;
        private const int Left = 1;
        private const int GivenUp = 2;

        private int _state = Waiting;
        private Call? _call;

        public OneWrite Write => write;

        /// <summary>Whether it may go; false when its caller has given it up.</summary>
        public bool TryLeave(Call call)
        {
            _call = call;
            call.Add();
            if (Interlocked.CompareExchange(ref _state, Left, Waiting) == Waiting)
            {
                return true;
            }

            call.RemoveOne();
            return false;
        }

        /// <summary>Its caller waits no longer. Only a write that never left is certainly not done.</summary>
        public void GiveUp()
        {
            var left = Interlocked.CompareExchange(ref _state, GivenUp, Waiting) != Waiting;
            if (left)
            {
                _call!.RemoveOne();
            }

            TrySetException(left
                ? new RpcException(new Status(StatusCode.Cancelled, "The write was given up while it was under way."))
                : RpcFailure.Make(StatusCode.Cancelled, new ErrorDetail
                {
                    Code = ErrorCode.NotReady,
                    Message = "did not answer earlier writes in time, so this one was not sent",
                }));
        }

        public void End(WriteOutcome outcome)
        {
            if (outcome.KindCase == WriteOutcome.KindOneofCase.Done)
            {
                TrySetResult(outcome.Done);
                return;
            }

            var refusal = outcome.Refusal;
            TrySetException(refusal is null
                ? new RpcException(new Status(StatusCode.Internal, "A write got an answer without a content."))
                : RpcFailure.Make((StatusCode)refusal.Status, refusal.Detail));
        }
    }
}
