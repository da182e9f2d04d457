using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Joins path parts.</summary>
[Cmdlet(VerbsCommon.Join, "Path")]
[OutputType(typeof(string))]
public sealed class JoinPathCommand : ProviderCommand
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    public string[] Path { get; set; } = [];

    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? ChildPath { get; set; }

    [Parameter(Position = 2, ValueFromPipelineByPropertyName = true, ValueFromRemainingArguments = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[]? AdditionalChildPath { get; set; }

    [Parameter]
    public SwitchParameter Resolve { get; set; }

    internal override bool Literal => false;

    protected override void ProcessRecord()
    {
        var children = (ChildPath ?? []).Concat(AdditionalChildPath ?? []).ToList();
        foreach (var path in Path)
        {
            Guarded(() =>
            {
                var context = NewContext();
                var joined = children.Aggregate(path, (left, right) => EngineAccess.Combine(SessionState.Path, left, right, context));
                if (!Resolve)
                {
                    WriteObject(joined);
                    return;
                }

                foreach (var found in EngineAccess.Resolve(SessionState.Path, joined, context))
                {
                    WriteObject(found.Path);
                }
            });
        }
    }
}

/// <summary>Returns one part of a path.</summary>
[Cmdlet(VerbsCommon.Split, "Path", DefaultParameterSetName = "ParentSet")]
[OutputType(typeof(string), typeof(bool))]
public sealed class SplitPathCommand : ProviderCommand
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "ParentSet", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "LeafSet", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "LeafBaseSet", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "ExtensionSet", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "QualifierSet", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "NoQualifierSet", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "IsAbsoluteSet", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPathSet", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(ParameterSetName = "ParentSet")]
    public SwitchParameter Parent { get; set; } = true;

    [Parameter(Mandatory = true, ParameterSetName = "LeafSet")]
    public SwitchParameter Leaf { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "LeafBaseSet")]
    public SwitchParameter LeafBase { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "ExtensionSet")]
    public SwitchParameter Extension { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "QualifierSet")]
    public SwitchParameter Qualifier { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "NoQualifierSet")]
    public SwitchParameter NoQualifier { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "IsAbsoluteSet")]
    public SwitchParameter IsAbsolute { get; set; }

    [Parameter]
    public SwitchParameter Resolve { get; set; }

    internal override bool Literal => ParameterSetName == "LiteralPathSet";

    protected override void ProcessRecord()
    {
        foreach (var path in Literal ? LiteralPath : Path)
        {
            Guarded(() =>
            {
                var targets = Resolve
                    ? [.. EngineAccess.Resolve(SessionState.Path, path, NewContext()).Select(found => found.Path)]
                    : new List<string> { path };
                targets.ForEach(target => WriteObject(Part(target)));
            });
        }
    }

    private object? Part(string path)
    {
        switch (ParameterSetName)
        {
            case "LeafSet":
                return SessionState.Path.ParseChildName(path);
            case "LeafBaseSet":
                return System.IO.Path.GetFileNameWithoutExtension(SessionState.Path.ParseChildName(path));
            case "ExtensionSet":
                return System.IO.Path.GetExtension(SessionState.Path.ParseChildName(path));
            case "IsAbsoluteSet":
                return SessionState.Path.IsPSAbsolute(path, out _);
            case "QualifierSet" or "NoQualifierSet":
                var colon = path.IndexOf(':', StringComparison.Ordinal);
                if (ParameterSetName == "NoQualifierSet")
                {
                    return path[(colon + 1)..];
                }

                if (colon < 0)
                {
                    WriteError(new ErrorRecord(
                        new FormatException($"Cannot parse path because path '{path}' does not have a qualifier specified."),
                        "ParsePathFormatError",
                        ErrorCategory.InvalidArgument,
                        path));
                    return null;
                }

                return path[..(colon + 1)];
            default:
                return SessionState.Path.ParseParent(path, string.Empty);
        }
    }
}
