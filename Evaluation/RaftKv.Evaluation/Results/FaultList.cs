using System.Globalization;

namespace RaftKv.Evaluation.Results;

/// <summary>
/// What is wrong with a file, each with its line, for one message that tells all of it. A file that is wrong on every line
/// is told by its first faults and their number, so that the message has a size.
/// </summary>
internal sealed class FaultList
{
    private const int MostShown = 100;
    private const int MostLetters = 200;

    private readonly List<string> _faults = [];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Notes a fault.</summary>
    public void Add(long line, string what)
    {
        if (Count++ < MostShown)
        {
            var shown = what.Length > MostLetters ? what[..MostLetters] + "..." : what;
            _faults.Add(string.Create(CultureInfo.InvariantCulture, $"line {line}: {shown}"));
        }
    }

    /// <summary>The error that tells them.</summary>
    /// <param name="head">What the file is not.</param>
    /// <param name="advice">What a reader may try, a sentence on a line of its own; empty for nothing.</param>
    public InvalidDataException ToException(string head, string advice = "") =>
        new($"{head}:{string.Concat(_faults.Select(f => "\n  " + f))}{(Count > _faults.Count ? $"\n  and {Count - _faults.Count} more" : "")}{(advice.Length > 0 ? "\n" + advice : "")}");
}
