using System.Globalization;
using System.Management.Automation;
using RaftKv.Evaluation.Results;

namespace RaftKv.Arguments;

/// <summary>Objects from the pipeline as rows of a table: their properties are its columns.</summary>
internal sealed class PipedTable
{
    private static readonly string[] FileProperties = ["LiteralPath", "PSPath", "Path"];

    private readonly List<string> _columns = [];
    private readonly List<Dictionary<string, string>> _rows = [];

    /// <summary>Whether no object came.</summary>
    public bool IsEmpty => _rows.Count == 0;

    /// <summary>The CSV that an object is or names, or null where the object is a row itself.</summary>
    public static string? FileOf(PSObject piped) => piped.BaseObject switch
    {
        string path => path,
        FileInfo file => file.FullName,
        _ => FileProperties.Select(name => piped.Properties[name]?.Value as string)
            .FirstOrDefault(path => path?.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) == true),
    };

    /// <summary>Takes an object as a row.</summary>
    public void Add(PSObject piped)
    {
        Dictionary<string, string> row = new(StringComparer.OrdinalIgnoreCase);
        foreach (PSPropertyInfo property in piped.Properties.Where(property => property.IsGettable))
        {
            if (TextOf(property) is { } text)
            {
                row[property.Name] = text;
                if (!_columns.Contains(property.Name, StringComparer.OrdinalIgnoreCase))
                {
                    _columns.Add(property.Name);
                }
            }
        }

        _rows.Add(row);
    }

    /// <summary>The table; what an object does not have is empty.</summary>
    public TidyTable ToTable() => new(_columns, [.. _rows.Select(row => (IReadOnlyList<string>)[.. _columns.Select(column => row.GetValueOrDefault(column, ""))])]);

    /// <summary>The text of a value that a cell can hold; null for lists and other objects.</summary>
    private static string? TextOf(PSPropertyInfo property)
    {
        object? value;
        try
        {
            value = property.Value is PSObject wrapped ? wrapped.BaseObject : property.Value;
        }
        catch (GetValueException)
        {
            return null;
        }

        return value switch
        {
            null => "",
            string text => text,
            TimeSpan time => time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            bool flag => flag.ToString(),
            _ => null,
        };
    }
}
