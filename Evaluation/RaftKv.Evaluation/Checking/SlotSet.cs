using System.Numerics;

namespace RaftKv.Evaluation.Checking;

/// <summary>
/// An immutable set of numbers with value equality: which operations have taken effect. Small numbers lie in one word; the
/// others in a tree whose unchanged parts are shared by the sets made from each other, so that a set which grows one by one
/// costs a branch a step, not a copy of itself.
/// </summary>
internal readonly struct SlotSet : IEquatable<SlotSet>
{
    private const int WordBits = 6;
    private const int FanBits = 4;

    private readonly ulong _first;
    private readonly Node? _rest;
    private readonly int _height;
    private readonly uint _hash;

    private SlotSet(ulong first, Node? rest, int height, uint hash)
    {
        _first = first;
        _rest = rest;
        _height = height;
        _hash = hash;
    }

    public bool Contains(int slot)
    {
        if (slot >> WordBits == 0)
        {
            return (_first & Bit(slot)) != 0;
        }

        if (slot >> (WordBits + (_height * FanBits)) != 0)
        {
            return false;
        }

        var node = _rest;
        for (var level = _height; node is not null && level > 0; level--)
        {
            node = node.Children![Child(slot, level)];
        }

        return node is not null && (node.Bits & Bit(slot)) != 0;
    }

    public SlotSet With(int slot) => Contains(slot) ? this : Flip(slot);

    public SlotSet Without(int slot) => Contains(slot) ? Flip(slot) : this;

    public bool Equals(SlotSet other) =>
        _hash == other._hash && _first == other._first && _height == other._height && Same(_rest, other._rest);

    public override bool Equals(object? obj) => obj is SlotSet other && Equals(other);

    public override int GetHashCode() => (int)_hash;

    private SlotSet Flip(int slot)
    {
        var hash = _hash ^ Mix(slot);
        if (slot >> WordBits == 0)
        {
            return new SlotSet(_first ^ Bit(slot), _rest, _height, hash);
        }

        var (rest, height) = (_rest, _height);
        for (; slot >> (WordBits + (height * FanBits)) != 0; height++)
        {
            rest = rest is null ? null : new Node(0, [rest, .. new Node?[(1 << FanBits) - 1]]);
        }

        rest = Flip(rest, slot, height);

        // Equal sets must be equal trees: none is higher than it needs to be.
        while (height > 0 && (rest is null || !rest.Children!.Skip(1).Any(child => child is not null)))
        {
            rest = rest?.Children![0];
            height--;
        }

        return new SlotSet(_first, rest, height, hash);
    }

    /// <summary>The tree with one bit changed; null where nothing is left of it.</summary>
    private static Node? Flip(Node? node, int slot, int level)
    {
        if (level == 0)
        {
            var bits = (node?.Bits ?? 0) ^ Bit(slot);
            return bits == 0 ? null : new Node(bits, null);
        }

        var children = node is null ? new Node?[1 << FanBits] : (Node?[])node.Children!.Clone();
        children[Child(slot, level)] = Flip(children[Child(slot, level)], slot, level - 1);
        return Array.Exists(children, child => child is not null) ? new Node(0, children) : null;
    }

    private static bool Same(Node? one, Node? other)
    {
        if (ReferenceEquals(one, other))
        {
            return true;
        }

        if (one is null || other is null || one.Bits != other.Bits || one.Children is null != other.Children is null)
        {
            return false;
        }

        for (var i = 0; i < (one.Children?.Length ?? 0); i++)
        {
            if (!Same(one.Children![i], other.Children![i]))
            {
                return false;
            }
        }

        return true;
    }

    private static int Child(int slot, int level) => (slot >> (WordBits + ((level - 1) * FanBits))) & ((1 << FanBits) - 1);

    private static ulong Bit(int slot) => 1UL << slot;

    private static uint Mix(int slot) => BitOperations.RotateLeft((uint)(slot + 1) * 0x9E3779B9, 13) * 0x85EBCA6B;

    /// <summary>A leaf of 64 numbers, or a branch.</summary>
    private sealed class Node(ulong bits, Node?[]? children)
    {
        public ulong Bits => bits;

        public Node?[]? Children => children;
    }
}
