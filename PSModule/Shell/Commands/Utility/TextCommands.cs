using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace Microsoft.PowerShell.Commands;

/// <summary>Reads lines of name=value.</summary>
[Cmdlet(VerbsData.ConvertFrom, "StringData")]
[OutputType(typeof(Hashtable))]
public sealed class ConvertFromStringDataCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [AllowEmptyString]
    public string StringData { get; set; } = string.Empty;

    [Parameter(Position = 1)]
    public char Delimiter { get; set; } = '=';

    protected override void ProcessRecord()
    {
        var result = new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (var line in StringData.Split('\n').Select(line => line.Trim()))
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var at = line.IndexOf(Delimiter, StringComparison.Ordinal);
            if (at <= 0)
            {
                Fail($"Data line '{line}' is not in 'name=value' format.");
            }

            var name = line[..at].Trim();
            if (result.ContainsKey(name))
            {
                Fail($"Data item '{name}' in line '{line}' is already defined.");
            }

            result.Add(name, System.Text.RegularExpressions.Regex.Unescape(line[(at + 1)..].Trim()));
        }

        WriteObject(result);
    }

    private void Fail(string message) => ThrowTerminatingError(new ErrorRecord(
        new PSInvalidOperationException(message), "InvalidOperation", ErrorCategory.InvalidOperation, StringData));
}

/// <summary>Reads a data file: a hashtable of constants, never code.</summary>
[Cmdlet(VerbsData.Import, "PowerShellDataFile", DefaultParameterSetName = "ByPath")]
public sealed class ImportPowerShellDataFileCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "ByPath")]
    public string[] Path { get; set; } = [];

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "ByLiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter]
    public SwitchParameter SkipLimitCheck { get; set; }

    protected override void ProcessRecord()
    {
        var literal = ParameterSetName == "ByLiteralPath";
        foreach (var path in literal ? LiteralPath : Path)
        {
            foreach (var file in InputFiles.Resolve(this, path, literal, "PathNotFound"))
            {
                Read(file);
            }
        }
    }

    private void Read(string file)
    {
        var ast = Parser.ParseFile(file, out _, out var errors);
        var table = ast.Find(node => node is HashtableAst, searchNestedScriptBlocks: false) as HashtableAst;
        if (errors.Length > 0 || table is null)
        {
            var why = errors.Length > 0 ? errors[0].Message : "it holds no hashtable";
            Fail(file, why, "CouldNotParseAsPowerShellDataFile", ErrorCategory.InvalidData);
            return;
        }

        try
        {
            WriteObject(table.SafeGetValue());
        }
        catch (InvalidOperationException exception)
        {
            ThrowTerminatingError(new ErrorRecord(
                exception, typeof(InvalidOperationException).FullName, ErrorCategory.NotSpecified, null));
        }
    }

    private void Fail(string file, string why, string id, ErrorCategory category) => WriteError(new ErrorRecord(
        new InvalidOperationException($"The file '{file}' could not be parsed as a PowerShell data file: {why}"), id, category, file));
}

/// <summary>Runs a text as a command in the caller's scope.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Expression")]
public sealed class InvokeExpressionCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    public string Command { get; set; } = string.Empty;

    protected override void ProcessRecord()
    {
        var script = InvokeCommand.NewScriptBlock(Command);
        foreach (var result in InvokeCommand.InvokeScript(useLocalScope: false, script, null, []))
        {
            WriteObject(result);
        }
    }
}

/// <summary>Makes a globally unique identifier.</summary>
[Cmdlet(VerbsCommon.New, "Guid", DefaultParameterSetName = "Default")]
[OutputType(typeof(Guid))]
public sealed class NewGuidCommand : PSCmdlet
{
    [Parameter(ParameterSetName = "Empty")]
    public SwitchParameter Empty { get; set; }

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public string InputObject { get; set; } = string.Empty;

    protected override void ProcessRecord()
    {
        if (ParameterSetName != "InputObject")
        {
            WriteObject(Empty ? Guid.Empty : Guid.NewGuid());
            return;
        }

        try
        {
            WriteObject(new Guid(InputObject));
        }
        catch (FormatException exception)
        {
            WriteError(new ErrorRecord(exception, "StringNotRecognizedAsGuid", ErrorCategory.InvalidArgument, InputObject));
        }
    }
}

/// <summary>Makes an empty temporary file.</summary>
[Cmdlet(VerbsCommon.New, "TemporaryFile", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class NewTemporaryFileCommand : PSCmdlet
{
    protected override void EndProcessing()
    {
        if (ShouldProcess(System.IO.Path.GetTempPath()))
        {
            WriteObject(new FileInfo(System.IO.Path.GetTempFileName()));
        }
    }
}

/// <summary>Joins values into one text.</summary>
[Cmdlet(VerbsCommon.Join, "String", DefaultParameterSetName = "default")]
[OutputType(typeof(string))]
public sealed class JoinStringCommand : PSCmdlet
{
    private readonly List<string> _parts = [];

    [Parameter(Position = 0)]
    public PSPropertyExpression? Property { get; set; }

    [Parameter(Position = 1)]
    [AllowEmptyString]
    public string? Separator { get; set; }

    [Parameter]
    [Alias("op")]
    public string OutputPrefix { get; set; } = string.Empty;

    [Parameter]
    [Alias("os")]
    public string OutputSuffix { get; set; } = string.Empty;

    [Parameter(ParameterSetName = "SingleQuote")]
    public SwitchParameter SingleQuote { get; set; }

    [Parameter(ParameterSetName = "DoubleQuote")]
    public SwitchParameter DoubleQuote { get; set; }

    [Parameter(ParameterSetName = "Format")]
    public string? FormatString { get; set; }

    [Parameter]
    public SwitchParameter UseCulture { get; set; }

    [Parameter(ValueFromPipeline = true)]
    public PSObject[]? InputObject { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var item in InputObject ?? [])
        {
            var value = item is null || Property is null
                ? item
                : Property.GetValues(item) is [{ Exception: null } first, ..] ? first.Result : null;
            if (value is null)
            {
                continue;
            }

            var text = LanguagePrimitives.ConvertTo<string>(value);
            _parts.Add(SingleQuote ? $"'{text}'"
                : DoubleQuote ? $"\"{text}\""
                : FormatString is not null ? string.Format(FormatString, value is PSObject wrapped ? wrapped.BaseObject : value)
                : text);
        }
    }

    protected override void EndProcessing()
    {
        var separator = Separator
            ?? (UseCulture ? System.Globalization.CultureInfo.CurrentCulture.TextInfo.ListSeparator
                : LanguagePrimitives.ConvertTo<string>(GetVariableValue("OFS")));
        WriteObject(OutputPrefix + string.Join(separator, _parts) + OutputSuffix);
    }
}
