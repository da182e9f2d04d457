using RaftKv.Evaluation.Checking;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// What the clients asked and were answered, in the shape in which the evaluation judges it. Keys are given out here:
/// each serves a bounded number of operations and of unknown outcomes and then retires, so that judging stays quick.
/// </summary>
internal sealed class ClientHistory
{
    private const int MostOperationsPerKey = 200;
    private const int MostUnknownsPerKey = 8;
    private const int ActiveKeys = 4;

    private readonly List<HistoryOperation> _operations = [];
    private readonly List<ActiveKey> _keys = [];
    private int _keyCount;
    private int _line;

    private sealed class ActiveKey(string name)
    {
        public string Name { get; } = name;

        public int Operations { get; set; }

        public int Unknowns { get; set; }
    }

    /// <summary>A key to use now.</summary>
    public string PickKey(Chance chance)
    {
        _keys.RemoveAll(k => k.Operations >= MostOperationsPerKey || k.Unknowns >= MostUnknownsPerKey);
        while (_keys.Count < ActiveKeys)
        {
            _keys.Add(new ActiveKey($"k{++_keyCount}"));
        }

        var key = chance.Pick(_keys);
        key.Operations++;
        return key.Name;
    }

    /// <returns>What the end of the operation is told with.</returns>
    public int Begin(int process, HistoryOperationKind kind, string key, string? value = null, string? expectedValue = null, long? expectedVersion = null)
    {
        _operations.Add(new HistoryOperation
        {
            Process = process,
            Kind = kind,
            Key = key,
            Value = value,
            ExpectedValue = expectedValue,
            ExpectedVersion = expectedVersion,
            InvokeLine = ++_line,
        });
        return _operations.Count - 1;
    }

    public void End(int operation, string? readValue = null, long? version = null, bool? applied = null) =>
        _operations[operation] = _operations[operation] with { ReadValue = readValue, Version = version, Applied = applied, ReturnLine = ++_line };

    /// <summary>No one will ever know: the operation stays open.</summary>
    public void Abandon(int operation)
    {
        if (_keys.Find(k => k.Name == _operations[operation].Key) is { } key)
        {
            key.Unknowns++;
        }
    }

    public History ToHistory() => new() { Operations = _operations };
}
