namespace RaftKv.Tests.Exploration;

/// <summary>
/// Fingerprints of all states that were reached, each with the state before it and the move between them. 36 bytes a
/// state at most; two different states of N share a fingerprint of 128 bits with a probability of about N² / 2^129.
/// </summary>
internal sealed class StateTable
{
    private const int ShardBits = 6;
    private readonly Shard[] _shards = [.. Enumerable.Range(0, 1 << ShardBits).Select(_ => new Shard())];

    public long Count => _shards.Sum(s => (long)s.Count);

    /// <summary>Adds a state; false when it was there. Safe from several threads.</summary>
    public bool TryAdd(UInt128 fingerprint, uint before, Move move, out uint number)
    {
        var shard = (int)(ulong)fingerprint & ((1 << ShardBits) - 1);
        var isNew = _shards[shard].TryAdd(fingerprint, before, move.Packed, out var local);
        number = ((uint)local << ShardBits) | (uint)shard;
        return isNew;
    }

    /// <summary>The moves that led to a state.</summary>
    public List<Move> PathTo(uint number)
    {
        var path = new List<Move>();
        while (true)
        {
            var (before, move) = _shards[number & ((1 << ShardBits) - 1)].Origin((int)(number >> ShardBits));
            if (before == uint.MaxValue)
            {
                path.Reverse();
                return path;
            }

            path.Add(Move.Unpack(move));
            number = before;
        }
    }

    private sealed class Shard
    {
        private readonly Lock _lock = new();
        private int[] _slots = new int[1024];
        private UInt128[] _keys = new UInt128[512];
        private uint[] _before = new uint[512];
        private ulong[] _moves = new ulong[512];

        public int Count { get; private set; }

        public bool TryAdd(UInt128 key, uint before, ulong move, out int number)
        {
            lock (_lock)
            {
                var slot = Find(key);
                if (_slots[slot] != 0)
                {
                    number = _slots[slot] - 1;
                    return false;
                }

                if (Count == _keys.Length)
                {
                    Grow();
                    slot = Find(key);
                }

                number = Count++;
                (_keys[number], _before[number], _moves[number]) = (key, before, move);
                _slots[slot] = number + 1;
                return true;
            }
        }

        public (uint Before, ulong Move) Origin(int number) => (_before[number], _moves[number]);

        private int Find(UInt128 key)
        {
            var mask = _slots.Length - 1;
            var slot = (int)(ulong)(key >> 16) & mask;
            while (_slots[slot] != 0 && _keys[_slots[slot] - 1] != key)
            {
                slot = (slot + 1) & mask;
            }

            return slot;
        }

        private void Grow()
        {
            Array.Resize(ref _keys, _keys.Length * 2);
            Array.Resize(ref _before, _before.Length * 2);
            Array.Resize(ref _moves, _moves.Length * 2);
            _slots = new int[_slots.Length * 2];
            for (var i = 0; i < Count; i++)
            {
                _slots[Find(_keys[i])] = i + 1;
            }
        }
    }
}
