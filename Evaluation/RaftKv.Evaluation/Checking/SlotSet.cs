namespace RaftKv.Evaluation.Checking;

/// <summary>An immutable set of small numbers with value equality: which of the operations under way have taken effect.</summary>
internal readonly struct SlotSet : IEquatable<SlotSet>
{
    private const int Bits = 64;

    private readonly ulong _first;
    private readonly ulong[]? _rest;

    private SlotSet(ulong first, ulong[]? rest)
    {
        _first = first;
        _rest = rest;
    }

    public bool Contains(int slot) => slot < Bits
        ? (_first & (1UL << slot)) != 0
        : _rest is not null && (slot / Bits) - 1 < _rest.Length && (_rest[(slot / Bits) - 1] & (1UL << (slot % Bits))) != 0;

    public SlotSet With(int slot)
    {
        if (slot < Bits)
        {
            return new SlotSet(_first | (1UL << slot), _rest);
        }

        var word = (slot / Bits) - 1;
        var rest = new ulong[Math.Max(word + 1, _rest?.Length ?? 0)];
        _rest?.CopyTo(rest, 0);
        rest[word] |= 1UL << (slot % Bits);
        return new SlotSet(_first, rest);
    }

    public SlotSet Without(int slot)
    {
        if (slot < Bits)
        {
            return new SlotSet(_first & ~(1UL << slot), _rest);
        }

        var word = (slot / Bits) - 1;
        var rest = (ulong[])_rest!.Clone();
        rest[word] &= ~(1UL << (slot % Bits));

        // Equal sets must be equal arrays: no zeros at the end.
        var length = rest.Length;
        while (length > 0 && rest[length - 1] == 0)
        {
            length--;
        }

        return new SlotSet(_first, length == 0 ? null : rest[..length]);
    }

    public bool Equals(SlotSet other) => _first == other._first && _rest.AsSpan().SequenceEqual(other._rest);

    public override bool Equals(object? obj) => obj is SlotSet other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(_first);
        foreach (var word in _rest ?? [])
        {
            hash.Add(word);
        }

        return hash.ToHashCode();
    }
}
