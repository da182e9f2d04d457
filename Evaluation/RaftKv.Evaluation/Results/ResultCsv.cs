using System.Globalization;
using System.Text;
using CsvHelper;
using RaftKv.Api;

namespace RaftKv.Evaluation.Results;

/// <summary>
/// Writes and reads result CSVs. What this writes it also reads back equal, and what it would not read it refuses to
/// write: a file in <c>results/</c> is either whole or says on which line it is not.
/// </summary>
public static class ResultCsv
{
    private const int MaxFileBytes = 512 * 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly CsvWriterOptions Writing = new()
    {
        NewLine = "\n",
        FormatProvider = CultureInfo.InvariantCulture,
        WriteByteOrderMark = false,
    };

    internal static readonly CsvReaderOptions Reading = new()
    {
        Separator = ',',
        HasHeader = false,
        SkipEmptyLines = false,
        TrackLineNumbers = true,
        TrimWhitespace = false,
        FormatProvider = CultureInfo.InvariantCulture,
        FieldCountMismatch = CsvFieldCountHandling.Allow,
        MalformedData = CsvMalformedDataHandling.Recover,
    };

    /// <summary>Writes rows (invariant culture, UTF-8 without mark, LF), replacing the file unless appending; makes the directory.</summary>
    /// <exception cref="ArgumentException">A row is not sound: a required column is empty, or a number is not finite.</exception>
    /// <exception cref="InvalidDataException">Appending to a file with other columns, or whose last line is torn.</exception>
    public static void Write(string path, IEnumerable<ResultRow> rows, bool append = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(rows);
        var full = Path.GetFullPath(path);
        var extends = append && File.Exists(full) && new FileInfo(full).Length > 0;
        if (extends)
        {
            RequireAppendable(full);
        }

        var text = Format(rows, withHeader: !extends);
        if (extends)
        {
            Append(full, Utf8.GetBytes(text));
            return;
        }

        OutputFile.Write(full, Utf8.GetBytes(text));
    }

    /// <summary>Adds to a file, all of it or nothing.</summary>
    private static void Append(string path, byte[] bytes)
    {
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var length = stream.Length;
        try
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        catch
        {
            stream.SetLength(length);
            throw;
        }
    }

    /// <summary>Reads rows.</summary>
    /// <exception cref="InvalidDataException">Columns are missing, extra or out of order, or a value does not parse: all faults at once, with line numbers.</exception>
    public static IReadOnlyList<ResultRow> Read(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var faults = new FaultList();
        var rows = new List<ResultRow>();
        var bytes = ReadBytes(path);
        if (bytes.Length == 0)
        {
            faults.Add(1, "the file is empty; the header is missing");
        }
        else if (FirstLineThatIsNotUtf8(bytes) is { } line)
        {
            faults.Add(line, "not UTF-8");
        }
        else
        {
            using var reader = CsvReader.Create(bytes, Reading with
            {
                OnMalformedRecord = r => faults.Add(r.LineNumber, $"not CSV: {r.Reason}"),
            });
            if (reader.Read() && CheckHeader(reader.Current.ToArray(), faults))
            {
                ReadRows(reader, rows, faults);
            }
        }

        return faults.Count == 0
            ? rows
            : throw faults.ToException($"{path} is not a result CSV");
    }

    private static void ReadRows(CsvReader reader, List<ResultRow> rows, FaultList faults)
    {
        while (reader.Read())
        {
            var record = reader.Current.ToArray();
            if (record.Length != ResultSchema.Columns.Count)
            {
                faults.Add(reader.LineNumber, $"{record.Length} fields instead of {ResultSchema.Columns.Count}");
                continue;
            }

            rows.Add(ParseRow(record, reader.LineNumber, faults));
        }
    }

    internal static int? FirstLineThatIsNotUtf8(byte[] bytes)
    {
        try
        {
            Utf8.GetCharCount(bytes);
            return null;
        }
        catch (DecoderFallbackException e)
        {
            return 1 + bytes.AsSpan(0, Math.Clamp(e.Index, 0, bytes.Length)).Count((byte)'\n');
        }
    }

    internal static ResultRow ParseRow(string[] record, long line, FaultList faults)
    {
        var row = new ResultRow { RunId = "", UtcTime = default, Experiment = "", Metric = "", Unit = "" };
        var sound = true;
        for (var i = 0; i < record.Length; i++)
        {
            var column = ResultSchema.Columns[i];
            if (column.Parse(row, record[i]) is { } parsed)
            {
                row = parsed;
                continue;
            }

            sound = false;
            faults.Add(line, $"{column.Name} does not parse: '{record[i]}'");
        }

        if (sound)
        {
            foreach (var fault in ResultSchema.FaultsOf(row))
            {
                faults.Add(line, fault);
            }
        }

        return row;
    }

    private static bool CheckHeader(string[] header, FaultList faults)
    {
        var expected = ResultSchema.ColumnNames;
        if (header.SequenceEqual(expected))
        {
            return true;
        }

        var missing = expected.Except(header).ToArray();
        var extra = header.Except(expected).ToArray();
        if (missing.Length > 0)
        {
            faults.Add(1, $"columns are missing: {string.Join(", ", missing)}");
        }

        if (extra.Length > 0)
        {
            faults.Add(1, $"unknown columns: {string.Join(", ", extra)}");
        }

        if (missing.Length == 0 && extra.Length == 0)
        {
            var at = Enumerable.Range(0, header.Length).First(i => i >= expected.Count || header[i] != expected[i]);
            faults.Add(1, $"columns are out of order or repeated, first at '{header[at]}'; the order is {string.Join(",", expected)}");
        }

        return false;
    }

    private static string Format(IEnumerable<ResultRow> rows, bool withHeader)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var writer = CsvWriter.Create(text, Writing, leaveOpen: true))
        {
            if (withHeader)
            {
                writer.WriteRecord([.. ResultSchema.ColumnNames]);
            }

            var number = 0;
            foreach (var row in rows)
            {
                number++;
                if (ResultSchema.FaultsOf(row).FirstOrDefault() is { } fault)
                {
                    throw new ArgumentException($"Row {number} cannot be written: {fault}.", nameof(rows));
                }

                writer.WriteRecord([.. ResultSchema.Columns.Select(c => c.Format(row))]);
            }
        }

        return text.ToString();
    }

    private static void RequireAppendable(string path)
    {
        var bytes = ReadBytes(path);
        if (bytes[^1] != (byte)'\n')
        {
            throw new InvalidDataException($"{path} ends in the middle of a line; remove that line before rows are added.");
        }

        using var reader = CsvReader.Create(bytes, Reading);
        var faults = new FaultList();
        if (!reader.Read() || !CheckHeader(reader.Current.ToArray(), faults))
        {
            throw faults.ToException($"{path} is not a result CSV");
        }
    }

    /// <summary>The whole file, unless it is larger than any result.</summary>
    internal static byte[] ReadBytes(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > MaxFileBytes)
            {
                throw new InvalidDataException($"{path} is not a result CSV: it is larger than {MaxFileBytes} bytes.");
            }
        }

        return bytes.ToArray();
    }
}
