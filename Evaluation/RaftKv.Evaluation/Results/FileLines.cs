using System.Text;

namespace RaftKv.Evaluation.Results;

/// <summary>
/// Reads the lines of files that anybody may have made: in bounded memory, however long a line is, and exactly. Bytes that are
/// no text are an error, as what took their place would look alike where they differ.
/// </summary>
internal static class FileLines
{
    /// <summary>Small enough that a short file costs no array of the large object heap.</summary>
    private const int BufferChars = 16 * 1024;

    private static readonly Encoding[] Strict =
    [
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
    ];

    /// <summary>The lines with their numbers from 1. A line that is longer than allowed comes as null, and the next one after it.</summary>
    /// <exception cref="InvalidDataException">It is not UTF-8, nor UTF-16 with a mark; the message names the line.</exception>
    public static IEnumerable<(int Number, string? Text)> Read(string path, int maxChars, CancellationToken cancellationToken = default)
    {
        using var file = File.OpenRead(path);
        var encoding = EncodingOf(file);
        using var reader = new StreamReader(file, encoding, detectEncodingFromByteOrderMarks: false, BufferChars);
        var buffer = new char[BufferChars];
        var line = new StringBuilder();
        var number = 1;
        var isTooLong = false;
        var isAny = false;
        int count;
        while ((count = Fill(reader, buffer, file)) > 0)
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

    /// <summary>What the mark at its beginning says; what cannot be looked at twice, as a pipe, is UTF-8.</summary>
    private static Encoding EncodingOf(FileStream file)
    {
        if (!file.CanSeek)
        {
            return Strict[0];
        }

        var mark = new byte[2];
        var count = file.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return Strict.Skip(1).FirstOrDefault(encoding => mark.AsSpan(0, count).SequenceEqual(encoding.Preamble)) ?? Strict[0];
    }

    private static int Fill(StreamReader reader, char[] buffer, FileStream file)
    {
        try
        {
            return reader.Read(buffer);
        }
        catch (DecoderFallbackException e)
        {
            var where = file.CanSeek ? $"line {LineOfFault(file, reader.CurrentEncoding)}: " : "";
            throw new InvalidDataException($"{file.Name} is no text:\n  {where}not {(reader.CurrentEncoding is UTF8Encoding ? "UTF-8" : "UTF-16")}", e);
        }
    }

    /// <summary>The line of the first bytes that are no text.</summary>
    private static int LineOfFault(FileStream file, Encoding encoding)
    {
        file.Position = 0;
        var decoder = encoding.GetDecoder();
        var bytes = new byte[BufferChars];
        var chars = new char[2];
        var line = 1;
        int count;
        while ((count = file.Read(bytes)) > 0)
        {
            for (var i = 0; i < count; i++)
            {
                try
                {
                    line += chars.AsSpan(0, decoder.GetChars(bytes, i, 1, chars, 0)).Contains('\n') ? 1 : 0;
                }
                catch (DecoderFallbackException)
                {
                    return line;
                }
            }
        }

        return line;
    }

    private static string Text(StringBuilder line) => line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();
}
