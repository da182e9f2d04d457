using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace RaftKv.Tests.Exploration;

/// <summary>How a search ended.</summary>
/// <param name="States">How many different states it reached.</param>
/// <param name="Depth">The longest of the shortest ways to them, in moves.</param>
/// <param name="IsComplete">Whether it looked at every state within the bounds.</param>
/// <param name="Violation">What is broken, or null.</param>
/// <param name="Path">The shortest way to it.</param>
/// <param name="ServerStates">How many different states of one server there were.</param>
/// <param name="CoreSteps">How many different moves of one server the core made.</param>
/// <param name="Messages">How many different messages there were.</param>
internal sealed record Exploration(
    long States, int Depth, bool IsComplete, string? Violation, IReadOnlyList<Move> Path, int ServerStates, int CoreSteps, int Messages);

/// <summary>
/// Goes through all states of a cluster of shipping cores within bounds, breadth first, so that the way to whatever it
/// finds is a shortest one.
/// </summary>
internal sealed class Explorer
{
    private const int BlockBytes = 64 * 1024;

    private readonly Bounds _bounds;
    private readonly Names _names;
    private readonly StateTable _table = new();
    private readonly Worker[] _workers;
    private readonly MoveMaker _maker;
    private readonly long _most;
    private readonly bool _merges;
    private long _ways;
    private List<Block> _frontier = [];
    private ConcurrentBag<Block> _next = [];
    private string? _violation;
    private uint _violated;
    private Move _lastMove;

    /// <param name="bounds">How far it goes.</param>
    /// <param name="jobs">How many threads it takes.</param>
    /// <param name="most">So many states end the search after the layer in which they were reached.</param>
    /// <param name="merges">Whether equal states count as one; without it every way is gone to its end, as a check on that.</param>
    public Explorer(Bounds bounds, int jobs, long most = long.MaxValue, bool merges = true)
    {
        _merges = merges;
        _bounds = bounds;
        _names = new Names(bounds);
        Interned = new Interned(bounds, _names, merges);
        _maker = new MoveMaker(bounds, Interned, new Judge(bounds, Interned));
        _workers = [.. Enumerable.Range(0, jobs).Select(_ => new Worker(bounds, Interned))];
        _most = most;
    }

    public Interned Interned { get; }

    /// <summary>Told after each layer: its depth, the states so far, and those that are to be looked at next.</summary>
    public Action<int, long, long>? Progress { get; init; }

    /// <summary>Told of each state that is reached. Only for one job.</summary>
    public Action<ClusterState>? Visit { get; init; }

    public Exploration Run()
    {
        var first = _workers[0].Current;
        if (_maker.Begin(first, _workers[0]) is { } broken)
        {
            return new Exploration(0, 0, false, broken, [], Interned.ServerCount, Interned.OutcomeCount, Interned.MessageCount);
        }

        _table.TryAdd(FingerprintOf(first, _workers[0]), uint.MaxValue, default, out var number);
        var block = new Block();
        block.Add(first, number, _workers[0].Scratch);
        _frontier = [block];
        var depth = 0;
        while (_frontier.Count > 0 && _violation is null && _table.Count < _most && (_bounds.Depth == 0 || depth < _bounds.Depth))
        {
            _next = [];
            RunLayer();
            _frontier = [.. _next];
            depth++;
            Progress?.Invoke(depth, _table.Count, _frontier.Sum(b => (long)b.Count));
        }

        var path = _violation is null ? [] : _table.PathTo(_violated);
        if (_violation is not null)
        {
            path.Add(_lastMove);
        }

        var isComplete = _frontier.Count == 0 && _violation is null;
        return new Exploration(
            _table.Count, isComplete ? depth - 1 : depth, isComplete, _violation, path, Interned.ServerCount, Interned.OutcomeCount, Interned.MessageCount);
    }

    private void RunLayer()
    {
        var taken = -1;
        void Work(Worker worker)
        {
            var block = new Block();
            while (Interlocked.Increment(ref taken) is var at && at < _frontier.Count && Volatile.Read(ref _violation) is null)
            {
                var from = _frontier[at];
                _frontier[at] = Block.Empty;
                foreach (var (number, packed) in from)
                {
                    worker.Current.Unpack(packed.Span);
                    block = Expand(worker, number, block);
                }
            }

            if (block.Count > 0)
            {
                _next.Add(block);
            }
        }

        if (_workers.Length == 1 || _frontier.Count == 1)
        {
            Work(_workers[0]);
            return;
        }

        var threads = _workers.Select(w => new Thread(() => Work(w)) { IsBackground = true }).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
    }

    private Block Expand(Worker worker, uint number, Block block)
    {
        var moves = worker.Moves;
        _maker.List(worker.Current, moves);
        for (var i = 0; i < moves.Count; i++)
        {
            var move = moves[i];
            var step = _maker.Make(worker.Current, move, worker.Next, worker);
            if (step.CanBeSlow)
            {
                moves.Add(move with { IsSlow = true });
            }

            if (step.Broken is { } broken)
            {
                lock (_table)
                {
                    if (_violation is null)
                    {
                        (_violated, _lastMove) = (number, move);
                        Volatile.Write(ref _violation, broken);
                    }
                }

                return block;
            }

            if (step.IsBeyondPromise || !_table.TryAdd(FingerprintOf(worker.Next, worker), number, move, out var next))
            {
                continue;
            }

            Visit?.Invoke(worker.Next);
            if (!block.Add(worker.Next, next, worker.Scratch))
            {
                _next.Add(block);
                block = new Block();
                block.Add(worker.Next, next, worker.Scratch);
            }
        }

        return block;
    }

    private UInt128 FingerprintOf(ClusterState state, Worker worker) =>
        _merges ? state.Fingerprint(Interned, _names, worker.Scratch) : (UInt128)(ulong)Interlocked.Increment(ref _ways) * 0x9E3779B97F4A7C15UL;

    /// <summary>Packed states that are to be looked at.</summary>
    private sealed class Block
    {
        public static readonly Block Empty = new(0);
        private readonly byte[] _bytes;
        private int _length;

        public Block()
            : this(BlockBytes)
        {
        }

        private Block(int bytes) => _bytes = new byte[bytes];

        public int Count { get; private set; }

        /// <summary>Adds a state unless the block is full.</summary>
        public bool Add(ClusterState state, uint number, Span<byte> scratch)
        {
            var length = state.Pack(scratch);
            if (_length + length + 6 > _bytes.Length)
            {
                return false;
            }

            BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(_length), number);
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(_length + 4), (ushort)length);
            scratch[..length].CopyTo(_bytes.AsSpan(_length + 6));
            _length += length + 6;
            Count++;
            return true;
        }

        public IEnumerator<(uint Number, ReadOnlyMemory<byte> Packed)> GetEnumerator()
        {
            for (var at = 0; at < _length;)
            {
                var length = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(at + 4));
                yield return (BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(at)), _bytes.AsMemory(at + 6, length));
                at += length + 6;
            }
        }
    }
}
