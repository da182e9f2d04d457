using System.Globalization;

namespace RaftKv.Evaluation.Checking;

/// <summary>What is searched: states, numbered so that the search compares numbers, and what operations make of them.</summary>
internal interface IModel
{
    /// <summary>The answer given is not the one that this state gives.</summary>
    const int Impossible = -1;

    /// <summary>The state at first.</summary>
    int Initial { get; }

    /// <summary>How much memory the states hold, about, in bytes.</summary>
    long HeldBytes { get; }

    /// <summary>The state after an operation, or <see cref="Impossible"/>. An operation of unknown outcome can always be.</summary>
    int Step(int from, HistoryOperation operation);

    /// <summary>A state in words.</summary>
    string Describe(int number);
}

/// <summary>What one key does, told one operation after the other: the specification that a history is held to.</summary>
internal sealed class KeyModel : IModel
{
    private const int Impossible = IModel.Impossible;

    private readonly string? _initialValue;
    private readonly bool _versions;
    private readonly List<State> _states = [];
    private readonly Dictionary<State, int> _numbers = [];

    public KeyModel(string? initialValue, bool versions)
    {
        _initialValue = initialValue;
        _versions = versions;
        Initial = NumberOf(new State(initialValue, 0));
    }

    /// <inheritdoc/>
    public int Initial { get; }

    /// <inheritdoc/>
    public long HeldBytes { get; private set; }

    /// <inheritdoc/>
    public int Step(int from, HistoryOperation operation)
    {
        var state = _states[from];
        switch (operation.Kind)
        {
            case HistoryOperationKind.Get:
                return operation.ReturnLine is null || (operation.ReadValue == state.Value && IsVersion(operation, state)) ? from : Impossible;
            case HistoryOperationKind.Put:
                return Written(state, operation.Value, operation);
            case HistoryOperationKind.Append:
                return Written(state, state.Value + operation.Value, operation);
            case HistoryOperationKind.Delete:
                return operation.Applied is { } applied && applied == (state.Value == _initialValue)
                    ? Impossible
                    : NumberOf(new State(_initialValue, 0));
            default:
                return CompareAndSet(from, state, operation);
        }
    }

    /// <summary>What a state holds; a null value stands for an absent key.</summary>
    public (string? Value, long Version) Read(int number) => (_states[number].Value, _states[number].Version);

    /// <inheritdoc/>
    public string Describe(int number)
    {
        var (value, version) = _states[number];
        var text = value switch
        {
            null => "nothing",
            { Length: > 60 } => $"\"...{value[^57..]}\"",
            _ => $"\"{value}\"",
        };
        return _versions ? string.Create(CultureInfo.InvariantCulture, $"{text} (version {version})") : text;
    }

    private int CompareAndSet(int from, State state, HistoryOperation operation)
    {
        var equal = operation.ExpectedVersion is { } version ? version == state.Version : operation.ExpectedValue == state.Value;
        if (operation.ReturnLine is not null && operation.Applied != equal)
        {
            return Impossible;
        }

        return equal ? Written(state, operation.Value, operation) : IsVersion(operation, state) ? from : Impossible;
    }

    private int Written(State before, string? value, HistoryOperation operation)
    {
        var after = new State(value, _versions ? before.Version + 1 : 0);
        return IsVersion(operation, after) ? NumberOf(after) : Impossible;
    }

    private static bool IsVersion(HistoryOperation operation, State state) => operation.Version is not { } version || version == state.Version;

    private int NumberOf(State state)
    {
        if (!_numbers.TryGetValue(state, out var number))
        {
            number = _states.Count;
            _states.Add(state);
            _numbers.Add(state, number);
            HeldBytes += (state.Value?.Length ?? 0) * sizeof(char);
        }

        return number;
    }

    private readonly record struct State(string? Value, long Version);
}
