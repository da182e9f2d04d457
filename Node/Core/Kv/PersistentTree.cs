namespace RaftKv.Core.Kv;

/// <summary>
/// An ordered map that never changes: every update shares all but one path with the map before it, so that a frozen
/// view costs nothing to take and any thread may read it. A height-balanced binary tree.
/// </summary>
/// <remarks>Updates and look-ups take O(log n); a million keys are about 24 levels deep at most.</remarks>
internal sealed class PersistentTree<TKey, TValue>
{
    private readonly IComparer<TKey> _comparer;
    private readonly Node? _root;

    /// <summary>An empty map with this order.</summary>
    public PersistentTree(IComparer<TKey> comparer)
        : this(comparer, null, 0)
    {
    }

    private PersistentTree(IComparer<TKey> comparer, Node? root, int count)
    {
        _comparer = comparer;
        _root = root;
        Count = count;
    }

    /// <summary>How many keys there are.</summary>
    public int Count { get; }

    /// <summary>How deep the tree is.</summary>
    internal int Height => HeightOf(_root);

    /// <summary>The value of a key, if it is there.</summary>
    public bool TryGet(TKey key, out TValue value)
    {
        for (var node = _root; node is not null;)
        {
            var order = _comparer.Compare(key, node.Key);
            if (order == 0)
            {
                value = node.Value;
                return true;
            }

            node = order < 0 ? node.Left : node.Right;
        }

        value = default!;
        return false;
    }

    /// <summary>The smallest key and its value.</summary>
    public bool TryGetFirst(out TKey key, out TValue value)
    {
        if (_root is null)
        {
            (key, value) = (default!, default!);
            return false;
        }

        var node = _root;
        while (node.Left is not null)
        {
            node = node.Left;
        }

        (key, value) = (node.Key, node.Value);
        return true;
    }

    /// <summary>A map in which the key has the value.</summary>
    public PersistentTree<TKey, TValue> Set(TKey key, TValue value)
    {
        var added = false;
        var root = Set(_root, key, value, ref added);
        return new PersistentTree<TKey, TValue>(_comparer, root, Count + (added ? 1 : 0));
    }

    /// <summary>A map without the key; this very one when the key is not there.</summary>
    public PersistentTree<TKey, TValue> Remove(TKey key)
    {
        var removed = false;
        var root = Remove(_root, key, ref removed);
        return removed ? new PersistentTree<TKey, TValue>(_comparer, root, Count - 1) : this;
    }

    /// <summary>Keys and values in order, from a key on (inclusive).</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> From(TKey key)
    {
        var path = new Stack<Node>();
        for (var node = _root; node is not null;)
        {
            if (_comparer.Compare(key, node.Key) <= 0)
            {
                path.Push(node);
                node = node.Left;
            }
            else
            {
                node = node.Right;
            }
        }

        return Walk(path);
    }

    /// <summary>All keys and values in order.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> All()
    {
        var path = new Stack<Node>();
        for (var node = _root; node is not null; node = node.Left)
        {
            path.Push(node);
        }

        return Walk(path);
    }

    private static IEnumerable<KeyValuePair<TKey, TValue>> Walk(Stack<Node> path)
    {
        while (path.TryPop(out var node))
        {
            yield return new KeyValuePair<TKey, TValue>(node.Key, node.Value);
            for (var next = node.Right; next is not null; next = next.Left)
            {
                path.Push(next);
            }
        }
    }

    private Node Set(Node? node, TKey key, TValue value, ref bool added)
    {
        if (node is null)
        {
            added = true;
            return new Node(key, value, null, null);
        }

        var order = _comparer.Compare(key, node.Key);
        return order switch
        {
            0 => new Node(node.Key, value, node.Left, node.Right),
            < 0 => Balance(node.Key, node.Value, Set(node.Left, key, value, ref added), node.Right),
            _ => Balance(node.Key, node.Value, node.Left, Set(node.Right, key, value, ref added)),
        };
    }

    private Node? Remove(Node? node, TKey key, ref bool removed)
    {
        if (node is null)
        {
            return null;
        }

        var order = _comparer.Compare(key, node.Key);
        if (order < 0)
        {
            var left = Remove(node.Left, key, ref removed);
            return removed ? Balance(node.Key, node.Value, left, node.Right) : node;
        }

        if (order > 0)
        {
            var right = Remove(node.Right, key, ref removed);
            return removed ? Balance(node.Key, node.Value, node.Left, right) : node;
        }

        removed = true;
        if (node.Left is null || node.Right is null)
        {
            return node.Left ?? node.Right;
        }

        var rest = RemoveFirst(node.Right, out var successor);
        return Balance(successor.Key, successor.Value, node.Left, rest);
    }

    private static Node? RemoveFirst(Node node, out Node first)
    {
        if (node.Left is null)
        {
            first = node;
            return node.Right;
        }

        var left = RemoveFirst(node.Left, out first);
        return Balance(node.Key, node.Value, left, node.Right);
    }

    /// <summary>Joins two sides whose heights differ by at most two into a tree whose sides differ by at most one.</summary>
    private static Node Balance(TKey key, TValue value, Node? left, Node? right)
    {
        var lean = HeightOf(left) - HeightOf(right);
        if (lean > 1)
        {
            return HeightOf(left!.Left) >= HeightOf(left.Right)
                ? new Node(left.Key, left.Value, left.Left, new Node(key, value, left.Right, right))
                : new Node(left.Right!.Key, left.Right.Value,
                    new Node(left.Key, left.Value, left.Left, left.Right.Left),
                    new Node(key, value, left.Right.Right, right));
        }

        if (lean < -1)
        {
            return HeightOf(right!.Right) >= HeightOf(right.Left)
                ? new Node(right.Key, right.Value, new Node(key, value, left, right.Left), right.Right)
                : new Node(right.Left!.Key, right.Left.Value,
                    new Node(key, value, left, right.Left.Left),
                    new Node(right.Key, right.Value, right.Left.Right, right.Right));
        }

        return new Node(key, value, left, right);
    }

    private static int HeightOf(Node? node) => node?.Height ?? 0;

    private sealed class Node(TKey key, TValue value, Node? left, Node? right)
    {
        public TKey Key { get; } = key;

        public TValue Value { get; } = value;

        public Node? Left { get; } = left;

        public Node? Right { get; } = right;

        public int Height { get; } = 1 + Math.Max(HeightOf(left), HeightOf(right));
    }
}
