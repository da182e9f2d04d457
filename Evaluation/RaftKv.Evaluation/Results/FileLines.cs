using System.Text;

namespace RaftKv.Evaluation.Results;

/// <summary>Reads the lines of files that anybody may have made: in bounded memory, however long a line is.</summary>
internal static class FileLines
{
    private const int BufferChars = 64 * 1024;

    /// <summary>The lines with their numbers from 1. A line that is longer than allowed comes as null, and the next one after it.</summary>
    public static IEnumerable<(int Number, string? Text)> Read(string path, int maxChars, CancellationToken cancellationToken = default)
    {
        using var reader = new StreamReader(path, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, BufferChars);
        var buffer = new char[BufferChars];
        var line = new StringBuilder();
        var number = 1;
        var isTooLong = false;
        var isAny = false;
        int count;
        while ((count = reader.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rest = buffer.AsMemory(0, count);
            while (rest.Length > 0)
            {
                isAny = true;
                var end = rest.Span.IndexOf('\n');
                var part = end < 0 ? rest : rest[..end];
                isTooLong |= line.Length + part.Length > maxChars;
                if (!isTooLong)
                {
                    line.Append(part);
                }

                if (end < 0)
                {
                    break;
                }

                yield return (number++, isTooLong ? null : Text(line));
                (isTooLong, isAny) = (false, false);
                line.Clear();
                rest = rest[(end + 1)..];
            }
        }

        if (isAny)
        {
            yield return (number, isTooLong ? null : Text(line));
        }
    }

    private static string Text(StringBuilder line) => line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();
}
