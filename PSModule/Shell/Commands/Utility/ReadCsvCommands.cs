using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace Microsoft.PowerShell.Commands;

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
