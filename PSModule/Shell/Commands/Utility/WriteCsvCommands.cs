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

    [Parameter(Position = 1, ParameterSetName = "Delimiter")]
    public char Delimiter { get; set; } = ',';

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
        WriteLine(string.Join(Separator, fields.Select(field => Field(field.name, field.Item2?.ToString()))));
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

    protected override void BeginProcessing()
    {
        RefuseBoth(nameof(QuoteFields), nameof(UseQuotes));
        RefuseBoth(nameof(IncludeTypeInformation), nameof(NoTypeInformation));
    }

    private void RefuseBoth(string first, string second)
    {
        if (MyInvocation.BoundParameters.ContainsKey(first) && MyInvocation.BoundParameters.ContainsKey(second))
        {
            var failure = new InvalidOperationException($"You must specify either the -{first} or -{second} parameters, but not both.");
            ThrowTerminatingError(new ErrorRecord(failure, $"CannotSpecify{first}And{second}", ErrorCategory.InvalidData, null));
        }
    }

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

    private bool NeedsQuotes(string value) => value.AsSpan().IndexOfAny('"', '\n', Separator) >= 0;
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
[Cmdlet(VerbsData.Export, "Csv", DefaultParameterSetName = "Delimiter", SupportsShouldProcess = true)]
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
        base.BeginProcessing();
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
        Columns = records.Read();
        if (Columns is [{ } first, ..] && first.StartsWith("#TYPE", StringComparison.Ordinal))
        {
            Columns = records.Read();
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
