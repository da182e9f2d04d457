using System.Text;

namespace RaftKv.Evaluation.Checking;

/// <summary>
/// What several keys do together: a scan must find all of them as they were at one moment. Such a state is large and keys
/// no longer are independent, so the histories that it can decide are small ones.
/// </summary>
internal sealed class StoreModel : IModel
{
    /// <summary>What a key of a state takes: its number, and its digits in the state's name.</summary>
    private const int BytesPerKey = 12;

    /// <summary>As the store sorts its keys. Characters beyond U+FFFF sort otherwise in UTF-16.</summary>
    private static readonly Comparer<string> ByBytes = Comparer<string>.Create(
        (one, other) => Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other)));

    private readonly string[] _names;
    private readonly KeyModel _key;
    private readonly List<int[]> _states = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>A model of all keys that operations name.</summary>
    public StoreModel(IEnumerable<HistoryOperation> operations, string? initialValue, bool versions)
    {
        _names = [.. operations.Where(o => o.Kind != HistoryOperationKind.Scan).Select(o => o.Key).Distinct(StringComparer.Ordinal).Order(ByBytes)];
        _key = new KeyModel(initialValue, versions);
        Initial = NumberOf([.. _names.Select(_ => _key.Initial)]);
    }

    /// <inheritdoc/>
    public int Initial { get; }

    /// <inheritdoc/>
    public long HeldBytes => _key.HeldBytes + ((long)_states.Count * _names.Length * BytesPerKey);

    /// <inheritdoc/>
    public int Step(int from, HistoryOperation operation)
    {
        var state = _states[from];
        if (operation.Kind == HistoryOperationKind.Scan)
        {
            return operation.Scanned is not { } scanned || scanned.SequenceEqual(Scan(state, operation.Key)) ? from : IModel.Impossible;
        }

        var place = Array.IndexOf(_names, operation.Key);
        if (place < 0)
        {
            return IModel.Impossible;
        }

        var next = _key.Step(state[place], operation);
        if (next == IModel.Impossible || next == state[place])
        {
            return next == IModel.Impossible ? next : from;
        }

        var after = state.ToArray();
        after[place] = next;
        return NumberOf(after);
    }

    /// <inheritdoc/>
    public string Describe(int number) => string.Join(", ", _names.Select((name, i) => $"{name}: {_key.Describe(_states[number][i])}"));

    private IEnumerable<ScannedPair> Scan(int[] state, string prefix)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            if (_key.Read(state[i]) is ({ } value, var version) && _names[i].StartsWith(prefix, StringComparison.Ordinal))
            {
                yield return new ScannedPair(_names[i], value, version);
            }
        }
    }

    private int NumberOf(int[] state)
    {
        var name = string.Join(' ', state);
        if (!_numbers.TryGetValue(name, out var number))
        {
            number = _states.Count;
            _states.Add(state);
            _numbers.Add(name, number);
        }

        return number;
    }
}
