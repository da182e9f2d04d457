using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Checking;

/// <summary>
/// Pairs invocations with their answers while a file is read, and collects what is wrong with it: a history that is read
/// wrongly could pass, so nothing is skipped in silence.
/// </summary>
internal sealed class HistoryBuilder
{
    private readonly List<HistoryOperation?> _operations = [];
    private readonly Dictionary<int, int> _pending = [];
    private readonly HashSet<int> _ended = [];
    private readonly FaultList _faults = new();
    private int _failed;

    /// <summary>Whether any line was one of the format, were it only one that says nothing about an operation.</summary>
    public bool IsAnyLineKnown { get; private set; }

    /// <summary>How many operations were asked for.</summary>
    public int Count => _operations.Count;

    public void Fault(int line, string what) => _faults.Add(line, what);

    /// <summary>Notes that a line is one of the format.</summary>
    public void KnowLine() => IsAnyLineKnown = true;

    public void Invoke(HistoryOperation operation)
    {
        if (_ended.Contains(operation.Process))
        {
            Fault(operation.InvokeLine, $"process {operation.Process} goes on although the outcome of its last operation is unknown");
        }
        else if (!_pending.TryAdd(operation.Process, _operations.Count))
        {
            Fault(operation.InvokeLine, $"process {operation.Process} asks before its last operation was answered");
        }
        else
        {
            _operations.Add(operation);
        }
    }

    /// <summary>Ends the process' operation with an answer.</summary>
    public void Ok(int line, int process, HistoryOperationKind kind, string key, Func<HistoryOperation, HistoryOperation?> answer)
    {
        if (Take(line, process, kind, key) is not { } index)
        {
            return;
        }

        if (answer(_operations[index]! with { ReturnLine = line }) is { } answered)
        {
            _operations[index] = answered;
        }
        else
        {
            Fault(line, $"process {process} is answered for other arguments than it gave");
        }
    }

    /// <summary>Ends the process' operation, which certainly did not happen.</summary>
    public void Fail(int line, int process, HistoryOperationKind kind, string key)
    {
        if (Take(line, process, kind, key) is { } index)
        {
            _operations[index] = null;
            _failed++;
        }
    }

    /// <summary>No one knows: the operation stays open to the end of the history, and the process' life ends.</summary>
    public void Unknown(int line, int process, HistoryOperationKind kind, string key)
    {
        if (Take(line, process, kind, key) is not null)
        {
            _ended.Add(process);
        }
    }

    /// <exception cref="InvalidDataException">Something was wrong: all of it, with line numbers, and the formats that there are.</exception>
    public History Build(string path, HistoryFormat format, string? initialValue)
    {
        if (_faults.Count > 0)
        {
            throw _faults.ToException($"{path} is no history in the format {format}", HistoryFile.Formats);
        }

        return new History { Operations = [.. _operations.OfType<HistoryOperation>()], InitialValue = initialValue, FailedCount = _failed };
    }

    private int? Take(int line, int process, HistoryOperationKind kind, string key)
    {
        if (!_pending.Remove(process, out var index))
        {
            Fault(line, $"process {process} is answered without having asked");
            return null;
        }

        var asked = _operations[index]!;
        if (asked.Kind != kind || asked.Key != key)
        {
            Fault(line, $"process {process} asked for {asked.Kind} '{asked.Key}' and is answered for {kind} '{key}'");
            return null;
        }

        return index;
    }
}
