using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Checking;

/// <summary>Reads recorded histories.</summary>
public static class HistoryFile
{
    /// <summary>No operation takes a line as long as this.</summary>
    private const int MaxLineChars = 1024 * 1024;

    /// <summary>More than can be judged: each takes some hundred bytes.</summary>
    private const int MaxOperations = 10_000_000;

    /// <summary>What the formats are, for who chose the wrong one.</summary>
    internal const string Formats =
        "Choose another with -Format if it is one: RaftKv (JSON lines, as Measure-RaftChaos writes them), JepsenRegister (lines with 'jepsen.util' of one "
        + "register), Keyed (an edn map a line).";

    /// <summary>Reads one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidDataException">It is not a history of this format: all faults, with line numbers.</exception>
    public static History Read(string path, HistoryFormat format, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Action<HistoryBuilder, int, string> read = format switch
        {
            HistoryFormat.JepsenRegister => JepsenRegisterLine.Read,
            HistoryFormat.Keyed => KeyedLine.Read,
            HistoryFormat.RaftKv => RaftKvLine.Read,
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Unknown format."),
        };
        var builder = new HistoryBuilder();
        var lines = 0;
        foreach (var (number, line) in FileLines.Read(path, MaxLineChars, cancellationToken))
        {
            if (line is null)
            {
                builder.Fault(number, $"longer than {MaxLineChars} characters");
            }
            else if (!string.IsNullOrWhiteSpace(line))
            {
                lines++;
                read(builder, number, line);
            }

            if (builder.Count > MaxOperations)
            {
                builder.Fault(number, $"more than {MaxOperations} operations");
                break;
            }
        }

        if (format == HistoryFormat.JepsenRegister && lines > 0 && !builder.IsAnyLineKnown)
        {
            // Lines of other loggers are passed over, so that a file of nothing else would be a history without operations.
            builder.Fault(1, $"neither this nor any other of its {lines} lines is of the format");
        }

        return builder.Build(path, format, format == HistoryFormat.Keyed ? "" : null);
    }
}
