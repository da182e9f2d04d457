namespace RaftKv.Evaluation.Checking;

/// <summary>Reads recorded histories.</summary>
public static class HistoryFile
{
    /// <summary>Reads one.</summary>
    /// <exception cref="InvalidDataException">It is not a history of this format: all faults, with line numbers.</exception>
    public static History Read(string path, HistoryFormat format)
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
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                read(builder, number, line);
            }
        }

        return builder.Build(path, format == HistoryFormat.Keyed ? "" : null);
    }
}
