using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>Shared by the commands that write comma-separated values.</summary>
public abstract class WriteCsvCommand : PSCmdlet
{
    private List<string>? _columns;

    /// <summary>When fields are quoted.</summary>
    public enum QuoteKind
    {
        Never,
        Always,
        AsNeeded,
    }

    [Parameter(Position = 1, ParameterSetName = "DelimiterPath")]
    [Parameter(Position = 1, ParameterSetName = "Delimiter")]
    public char Delimiter { get; set; } = ',';

    [Parameter(ParameterSetName = "CulturePath")]
    [Parameter(ParameterSetName = "UseCulture")]
    public SwitchParameter UseCulture { get; set; }

    [Parameter]
    [Alias("ITI")]
    public SwitchParameter IncludeTypeInformation { get; set; }

    [Parameter(DontShow = true)]
    [Alias("NTI")]
    public SwitchParameter NoTypeInformation { get; set; } = true;

    [Parameter]
    [Alias("QF")]
    public string[]? QuoteFields { get; set; }

    [Parameter]
    [Alias("UQ")]
    public QuoteKind UseQuotes { get; set; } = QuoteKind.Always;

    [Parameter]
    public SwitchParameter NoHeader { get; set; }

    internal abstract PSObject? Input { get; }

    internal abstract void WriteLine(string line);

    internal List<string>? Columns
    {
        get => _columns;
        set => _columns = value;
    }

    internal char Separator =>
        UseCulture ? CultureInfo.CurrentCulture.TextInfo.ListSeparator[0] : Delimiter;

    internal void WriteRecord(bool headerWritten)
    {
        var item = Input;
        if (item is null)
        {
            return;
        }

        if (_columns is null)
        {
            _columns = ColumnsOf(item);
            if (!headerWritten)
            {
                WriteHeader(item);
            }
        }

        var fields = item.BaseObject is System.Collections.IDictionary table
            ? _columns.Select(name => (name, table.Contains(name) ? table[name] : null))
            : _columns.Select(name => (name, item.Properties[name]?.Value));
        WriteLine(string.Join(Separator, fields.Select(field => Field(field.name, Text(field.Item2)))));
    }

    internal static List<string> ColumnsOf(PSObject item) =>
        item.BaseObject is System.Collections.IDictionary table
            ? [.. table.Keys.Cast<object>().Select(key => key.ToString() ?? string.Empty)]
            : [.. item.Properties.Where(property => property.IsGettable).Select(property => property.Name)];

    private void WriteHeader(PSObject item)
    {
        if (IncludeTypeInformation)
        {
            var type = item.TypeNames.FirstOrDefault() ?? string.Empty;
            WriteLine("#TYPE " + (type.StartsWith("CSV:", StringComparison.Ordinal) ? type[4..] : type));
        }

        if (!NoHeader)
        {
            WriteLine(string.Join(Separator, _columns!.Select(name => Field(name, name))));
        }
    }

    private static string? Text(object? value) =>
        value is null ? null
        : value is PSObject { BaseObject: PSCustomObject } custom ? custom.ToString()
        : LanguagePrimitives.ConvertTo<string>(value) is { } text && value is not IFormattable
            ? text
            : Convert.ToString(value is PSObject wrapped ? wrapped.BaseObject : value, CultureInfo.CurrentCulture);

    private string Field(string column, string? value)
    {
        if (value is null)
        {
            return string.Empty;
        }

        var quote = QuoteFields is not null
            ? QuoteFields.Contains(column, StringComparer.OrdinalIgnoreCase)
            : UseQuotes == QuoteKind.Always || (UseQuotes == QuoteKind.AsNeeded && NeedsQuotes(value));
        return quote ? '"' + value.Replace("\"", "\"\"") + '"' : value;
    }

    private bool NeedsQuotes(string value) => value.AsSpan().IndexOfAny(['"', '\n', '\r', Separator]) >= 0;
}

/// <summary>Turns objects into lines of comma-separated values.</summary>
[Cmdlet(VerbsData.ConvertTo, "Csv", DefaultParameterSetName = "Delimiter")]
[OutputType(typeof(string))]
public sealed class ConvertToCsvCommand : WriteCsvCommand
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public PSObject? InputObject { get; set; }

    internal override PSObject? Input => InputObject;

    internal override void WriteLine(string line) => WriteObject(line);

    protected override void ProcessRecord() => WriteRecord(headerWritten: false);
}

/// <summary>Writes objects to a file of comma-separated values.</summary>
[Cmdlet(VerbsData.Export, "Csv", DefaultParameterSetName = "DelimiterPath", SupportsShouldProcess = true)]
public sealed class ExportCsvCommand : WriteCsvCommand, IDisposable
{
    private StreamWriter? _writer;
    private bool _skipped;
    private bool _appendsToContent;

    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public string? Path { get; set; }

    [Parameter]
    [Alias("PSPath", "LP")]
    public string? LiteralPath { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    [Alias("NoOverwrite")]
    public SwitchParameter NoClobber { get; set; }

    [Parameter]
    [TextEncoding]
    [ArgumentCompleter(typeof(TextEncodingCompleter))]
    public Encoding Encoding { get; set; } = TextEncodingAttribute.Default;

    [Parameter]
    public SwitchParameter Append { get; set; }

    internal override PSObject? Input => InputObject;

    internal override void WriteLine(string line) => _writer!.WriteLine(line);

    public void Dispose() => _writer?.Dispose();

    protected override void BeginProcessing()
    {
        if ((Path is null) == (LiteralPath is null))
        {
            ThrowTerminatingError(new ErrorRecord(
                new InvalidOperationException("Specify either Path or LiteralPath, but not both."),
                "CannotSpecifyPathAndLiteralPath",
                ErrorCategory.InvalidData,
                null));
        }

        var file = new TextFile(this, Path ?? LiteralPath!, Path is null);
        if (!ShouldProcess(file.FullPath))
        {
            _skipped = true;
            return;
        }

        if (Append && File.Exists(file.FullPath) && new FileInfo(file.FullPath).Length > 0)
        {
            ReadColumns(file.FullPath);
        }

        _writer = file.OpenWriter(Encoding, Append, Force, NoClobber);
    }

    protected override void ProcessRecord()
    {
        if (_skipped || InputObject is null)
        {
            return;
        }

        if (_appendsToContent && Columns is not null && !Force)
        {
            RequireColumns();
        }

        WriteRecord(_appendsToContent);
    }

    protected override void EndProcessing() => Dispose();

    private void ReadColumns(string path)
    {
        using var reader = new StreamReader(path, Encoding);
        var records = new CsvReader(reader, Separator);
        _appendsToContent = true;
        Columns = records.Read()?.Select(field => field ?? string.Empty).ToList();
        if (Columns is [{ } first, ..] && first.StartsWith("#TYPE", StringComparison.Ordinal))
        {
            Columns = records.Read()?.Select(field => field ?? string.Empty).ToList();
        }
    }

    private void RequireColumns()
    {
        var present = ColumnsOf(InputObject!);
        var missing = Columns!.FirstOrDefault(name => !present.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (missing is not null)
        {
            ThrowTerminatingError(new ErrorRecord(
                new InvalidOperationException(
                    $"Cannot append CSV content to the file: the appended object has no property for the column "
                    + $"'{missing}'. To add the properties that match, use the -Force parameter."),
                "CannotAppendCsvWithMismatchedPropertyNames",
                ErrorCategory.InvalidData,
                InputObject));
        }
    }
}

/// <summary>Splits text into records of fields; a quoted field may span lines.</summary>
internal sealed class CsvReader(TextReader reader, char delimiter)
{
    /// <summary>The next record, or null at the end. An unquoted empty field is null.</summary>
    internal List<string?>? Read()
    {
        if (reader.Peek() < 0)
        {
            return null;
        }

        var fields = new List<string?>();
        while (true)
        {
            fields.Add(ReadField(out var ended));

            // Like in PowerShell, a delimiter that ends the whole text begins no further field.
            if (ended || reader.Peek() < 0)
            {
                return fields;
            }
        }
    }

    private string? ReadField(out bool ended)
    {
        var field = new StringBuilder();
        var quoted = false;
        var inside = false;
        while (true)
        {
            var next = reader.Read();
            if (next < 0 || (!inside && (next == '\n' || next == delimiter || next == '\r')))
            {
                if (next == '\r' && reader.Peek() == '\n')
                {
                    reader.Read();
                }

                ended = next != delimiter;
                return field.Length == 0 && !quoted ? null : field.ToString();
            }

            if (next != '"')
            {
                if (field.Length > 0 || quoted || next is not (' ' or '\t'))
                {
                    field.Append((char)next);
                }
            }
            else if (inside && reader.Peek() == '"')
            {
                field.Append((char)reader.Read());
            }
            else if (inside || field.Length == 0)
            {
                inside = !inside;
                quoted = true;
            }
            else
            {
                field.Append('"');
            }
        }
    }
}

/// <summary>Builds objects from records, naming their properties after the header.</summary>
internal sealed class CsvObjects(PSCmdlet command, IReadOnlyList<string>? header)
{
    private List<string>? _names = header is null ? null : Checked(command, header);
    private string? _type;

    internal void Add(List<string?> record)
    {
        if (record is [null] or [""])
        {
            return;
        }

        if (_names is null)
        {
            if (record[0]?.StartsWith("#TYPE", StringComparison.OrdinalIgnoreCase) == true)
            {
                _type = record[0]![5..].Trim();
                return;
            }

            _names = Checked(command, record.Select((name, i) => string.IsNullOrEmpty(name) ? $"H{i + 1}" : name));
            return;
        }

        var result = new PSObject();
        for (var i = 0; i < _names.Count; i++)
        {
            var value = i < record.Count ? record[i] ?? string.Empty : null;
            result.Properties.Add(new PSNoteProperty(_names[i], value));
        }

        if (_type is not null)
        {
            result.TypeNames.Clear();
            result.TypeNames.Add(_type);
            result.TypeNames.Add("CSV:" + _type);
        }

        command.WriteObject(result);
    }

    private static List<string> Checked(PSCmdlet command, IEnumerable<string> names)
    {
        var list = names.ToList();
        var twice = list.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            var message = $"The member \"{twice.Key}\" is already present.";
            command.ThrowTerminatingError(new ErrorRecord(
                new ExtendedTypeSystemException(message), "AlreadyPresentPSMemberInfoInternalCollectionAdd", ErrorCategory.NotSpecified, null));
        }

        return list;
    }
}

/// <summary>Reads comma-separated values from text.</summary>
[Cmdlet(VerbsData.ConvertFrom, "Csv", DefaultParameterSetName = "Delimiter")]
public sealed class ConvertFromCsvCommand : PSCmdlet
{
    private CsvObjects? _objects;

    [Parameter(Position = 1, ParameterSetName = "Delimiter")]
    public char Delimiter { get; set; } = ',';

    [Parameter(Mandatory = true, ParameterSetName = "UseCulture")]
    public SwitchParameter UseCulture { get; set; }

    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject?[] InputObject { get; set; } = [];

    [Parameter]
    public string[]? Header { get; set; }

    protected override void ProcessRecord()
    {
        var separator = UseCulture ? CultureInfo.CurrentCulture.TextInfo.ListSeparator[0] : Delimiter;
        _objects ??= new CsvObjects(this, Header);
        foreach (var text in InputObject)
        {
            var reader = new CsvReader(new StringReader(text?.ToString() ?? string.Empty), separator);
            while (reader.Read() is { } record)
            {
                _objects.Add(record);
            }
        }
    }
}

/// <summary>Reads files of comma-separated values.</summary>
[Cmdlet(VerbsData.Import, "Csv", DefaultParameterSetName = "DelimiterPath")]
public sealed class ImportCsvCommand : PSCmdlet
{
    [Parameter(Position = 1, ParameterSetName = "DelimiterPath")]
    [Parameter(Position = 1, ParameterSetName = "DelimiterLiteralPath")]
    public char Delimiter { get; set; } = ',';

    [Parameter(Mandatory = true, ParameterSetName = "CulturePath")]
    [Parameter(Mandatory = true, ParameterSetName = "CultureLiteralPath")]
    public SwitchParameter UseCulture { get; set; }

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "DelimiterPath", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "CulturePath", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "DelimiterLiteralPath", ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = "CultureLiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter]
    public string[]? Header { get; set; }

    [Parameter]
    [TextEncoding]
    [ArgumentCompleter(typeof(TextEncodingCompleter))]
    public Encoding Encoding { get; set; } = TextEncodingAttribute.Default;

    protected override void ProcessRecord()
    {
        var separator = UseCulture ? CultureInfo.CurrentCulture.TextInfo.ListSeparator[0] : Delimiter;
        var literal = LiteralPath.Length > 0;
        foreach (var path in literal ? LiteralPath : Path)
        {
            foreach (var file in InputFiles.Resolve(this, path, literal, "FileOpenFailure"))
            {
                using var text = new StreamReader(file, Encoding);
                var reader = new CsvReader(text, separator);
                var objects = new CsvObjects(this, Header);
                while (!Stopping && reader.Read() is { } record)
                {
                    objects.Add(record);
                }
            }
        }
    }
}
