using CsvHelper;

namespace RaftKv.Evaluation.Results;

/// <summary>
/// A table of any origin with a row for each observation and a column for each thing that is known of it, as texts. Result
/// CSVs are one kind of it: see <see cref="ResultSchema"/>.
/// </summary>
/// <param name="Columns">The columns' names, each once.</param>
/// <param name="Rows">The rows, each with a text for each column; an empty text is a missing value.</param>
public sealed record TidyTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Whether the columns are meant to be those of a result CSV: most of those are there.</summary>
    public bool IsResult => ResultSchema.ColumnNames.Intersect(Columns).Count() * 2 > ResultSchema.ColumnNames.Count;

    /// <summary>Reads a CSV with a header.</summary>
    /// <exception cref="InvalidDataException">It has no header, a column twice, rows of other lengths, or is not UTF-8: all faults at once, with line numbers.</exception>
    public static TidyTable Read(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var faults = new FaultList();
        var rows = new List<IReadOnlyList<string>>();
        string[] header = [];
        var bytes = ResultCsv.ReadBytes(path);
        if (ResultCsv.FirstLineThatIsNotUtf8(bytes) is { } notText)
        {
            faults.Add(notText, "not UTF-8");
        }
        else
        {
            using var reader = CsvReader.Create(WithoutMark(bytes), ResultCsv.Reading with
            {
                OnMalformedRecord = r => faults.Add(r.LineNumber, $"not CSV: {r.Reason}"),
            });
            header = reader.Read() ? reader.Current.ToArray() : [];
            if (header.Length == 0 || header.Any(string.IsNullOrWhiteSpace) || header.Distinct(StringComparer.OrdinalIgnoreCase).Count() < header.Length)
            {
                faults.Add(1, "the first line must name the columns, each once");
            }

            ReadRows(reader, header.Length, rows, faults);
        }

        return faults.Count == 0 ? new TidyTable(header, rows) : throw faults.ToException($"{path} is no table");
    }

    /// <summary>The rows as those of a result CSV.</summary>
    /// <exception cref="InvalidDataException">A column is missing or a value does not parse; rows are numbered as lines.</exception>
    public IReadOnlyList<ResultRow> ToResults()
    {
        var faults = new FaultList();
        var missing = ResultSchema.ColumnNames.Except(Columns).ToArray();
        if (missing.Length > 0)
        {
            faults.Add(1, $"columns are missing: {string.Join(", ", missing)}");
            throw faults.ToException("The objects are no rows of a result CSV");
        }

        int[] places = [.. ResultSchema.ColumnNames.Select(name => Columns.ToList().IndexOf(name))];
        ResultRow[] rows = [.. Rows.Select((row, i) => ResultCsv.ParseRow([.. places.Select(place => row[place])], i + 2, faults))];
        return faults.Count == 0 ? rows : throw faults.ToException("The objects are no rows of a result CSV");
    }

    private static void ReadRows(CsvReader reader, int width, List<IReadOnlyList<string>> rows, FaultList faults)
    {
        while (reader.Read())
        {
            var record = reader.Current.ToArray();
            if (record.Length == width)
            {
                rows.Add(record);
            }
            else if (record is not [""])
            {
                faults.Add(reader.LineNumber, $"{record.Length} fields instead of {width}");
            }
        }
    }

    /// <summary>Spreadsheets begin their files with a mark.</summary>
    private static byte[] WithoutMark(byte[] bytes) => bytes is [0xEF, 0xBB, 0xBF, ..] ? bytes[3..] : bytes;
}
