using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>The kinds of item that Test-Path tells apart.</summary>
public enum TestPathType
{
    Any,
    Container,
    Leaf,
}

/// <summary>Says whether paths exist.</summary>
[Cmdlet(VerbsDiagnostic.Test, "Path", DefaultParameterSetName = "Path")]
[OutputType(typeof(bool))]
public sealed class TestPathCommand : PathCommand
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public override string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [Alias("PSPath", "LP")]
    public override string[] LiteralPath { get; set; } = [];

    [Parameter]
    [Alias("Type")]
    public TestPathType PathType { get; set; }

    [Parameter]
    public SwitchParameter IsValid { get; set; }

    internal override object? DynamicParametersFor(object context) =>
        PathType == TestPathType.Any && !IsValid && FirstPath.Length > 0
            ? EngineAccess.ExistsParameters(InvokeProvider.Item, FirstPath, context)
            : null;

    protected override void ProcessRecord()
    {
        if (Paths is null)
        {
            Refuse();
            return;
        }

        foreach (var path in Paths)
        {
            if (path is null)
            {
                Refuse();
            }
            else
            {
                WriteObject(Test(path));
            }
        }
    }

    private bool Test(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            return false;
        }

        try
        {
            if (IsValid)
            {
                return SessionState.Path.IsValid(path);
            }

            var exists = EngineAccess.Exists(InvokeProvider.Item, path, NewContext());
            return exists && PathType switch
            {
                TestPathType.Container => EngineAccess.IsContainer(InvokeProvider.Item, path, NewContext()),
                TestPathType.Leaf => !EngineAccess.IsContainer(InvokeProvider.Item, path, NewContext()),
                _ => true,
            };
        }
        catch (Exception exception) when (exception is SessionStateException or PSNotSupportedException or PSArgumentException)
        {
            return false;
        }
    }

    private void Refuse() => WriteError(new ErrorRecord(
        new ArgumentNullException(nameof(Path), "The provided Path argument was null or an empty collection."),
        "NullPathNotPermitted",
        ErrorCategory.InvalidArgument,
        Path));
}

/// <summary>Shared by the commands that resolve paths.</summary>
public abstract class ResolvingCommand : ProviderCommand
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    internal override void Configure(object context) => EngineAccess.SetForce(context, Force);

    internal abstract void Write(PathInfo resolved);

    protected override void ProcessRecord() => ForEachPath(Literal ? LiteralPath : Path, (path, context) =>
    {
        var found = EngineAccess.Resolve(SessionState.Path, path, context).ToList();
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(path))
        {
            throw new ItemNotFoundException($"Cannot find path '{path}' because it does not exist.");
        }

        found.ForEach(Write);
    });
}

/// <summary>Resolves wildcards and relative paths.</summary>
[Cmdlet(VerbsDiagnostic.Resolve, "Path", DefaultParameterSetName = "Path")]
public sealed class ResolvePathCommand : ResolvingCommand
{
    [Parameter]
    public SwitchParameter Relative { get; set; }

    [Parameter]
    public string? RelativeBasePath { get; set; }

    internal override void Write(PathInfo resolved)
    {
        if (!Relative)
        {
            WriteObject(resolved);
            return;
        }

        var origin = RelativeBasePath is null
            ? SessionState.Path.CurrentLocation.ProviderPath
            : SessionState.Path.GetUnresolvedProviderPathFromPSPath(RelativeBasePath);
        var relative = System.IO.Path.GetRelativePath(origin, resolved.ProviderPath);
        var dotted = relative.StartsWith('.') || System.IO.Path.IsPathRooted(relative);
        WriteObject(dotted ? relative : System.IO.Path.Combine(".", relative));
    }
}

/// <summary>Converts PowerShell paths to the provider's own.</summary>
[Cmdlet(VerbsData.Convert, "Path", DefaultParameterSetName = "Path")]
[OutputType(typeof(string))]
public sealed class ConvertPathCommand : ResolvingCommand
{
    internal override void Write(PathInfo resolved) => WriteObject(resolved.ProviderPath);
}

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
                var joined = children.Aggregate(path, (left, right) => SessionState.Path.Combine(left, right));
                if (!Resolve)
                {
                    WriteObject(joined);
                    return;
                }

                foreach (var found in EngineAccess.Resolve(SessionState.Path, joined, NewContext()))
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

/// <summary>Says where the session is.</summary>
[Cmdlet(VerbsCommon.Get, "Location", DefaultParameterSetName = "Location")]
public sealed class GetLocationCommand : PSCmdlet
{
    [Parameter(ParameterSetName = "Location", ValueFromPipelineByPropertyName = true)]
    public string[]? PSDrive { get; set; }

    [Parameter(ParameterSetName = "Stack")]
    public SwitchParameter Stack { get; set; }

    [Parameter(ParameterSetName = "Stack", ValueFromPipelineByPropertyName = true)]
    public string[]? StackName { get; set; }

    protected override void ProcessRecord()
    {
        if (Stack || StackName is not null)
        {
            foreach (var name in StackName ?? [string.Empty])
            {
                WriteObject(SessionState.Path.LocationStack(name));
            }

            return;
        }

        if (PSDrive is null)
        {
            WriteObject(SessionState.Path.CurrentLocation);
            return;
        }

        foreach (var drive in PSDrive)
        {
            var found = SessionState.Drive.Get(drive);
            WriteObject(SessionState.Path.Combine($"{found.Name}:{System.IO.Path.DirectorySeparatorChar}", found.CurrentLocation));
        }
    }
}

/// <summary>Shared by the commands that change where the session is.</summary>
public abstract class MoveLocationCommand : ProviderCommand
{
    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string Path { get; set; } = string.Empty;

    [Parameter(ParameterSetName = "LiteralPath", Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string LiteralPath { get; set; } = string.Empty;

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal void Move()
    {
        var path = Literal ? LiteralPath : Path;
        if (path.Length > 0 || Literal)
        {
            Report(EngineAccess.SetLocation(SessionState.Path, path, NewContext(), Literal));
        }
    }

    internal void Report(PathInfo location)
    {
        if (PassThru)
        {
            WriteObject(location);
        }
    }
}

/// <summary>Sets where the session is.</summary>
[Cmdlet(VerbsCommon.Set, "Location", DefaultParameterSetName = "Path")]
public sealed class SetLocationCommand : MoveLocationCommand
{
    [Parameter(ParameterSetName = "Stack", ValueFromPipelineByPropertyName = true)]
    public string? StackName { get; set; }

    protected override void ProcessRecord()
    {
        if (ParameterSetName == "Stack")
        {
            Guarded(() => SessionState.Path.SetDefaultLocationStack(StackName));
            return;
        }

        if (ParameterSetName == "Path" && Path.Length == 0)
        {
            Path = "~";
        }

        Guarded(Move);
    }
}

/// <summary>Remembers where the session is, and moves.</summary>
[Cmdlet(VerbsCommon.Push, "Location", DefaultParameterSetName = "Path")]
public sealed class PushLocationCommand : MoveLocationCommand
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string StackName { get; set; } = string.Empty;

    protected override void ProcessRecord() => Guarded(() =>
    {
        SessionState.Path.PushCurrentLocation(StackName);
        try
        {
            Move();
        }
        catch (Exception exception) when (exception is IContainsErrorRecord)
        {
            SessionState.Path.PopLocation(StackName);
            throw;
        }
    });
}

/// <summary>Returns to the place remembered last.</summary>
[Cmdlet(VerbsCommon.Pop, "Location")]
public sealed class PopLocationCommand : ProviderCommand
{
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string StackName { get; set; } = string.Empty;

    protected override void ProcessRecord() => Guarded(() =>
    {
        var location = SessionState.Path.PopLocation(StackName);
        if (PassThru && location is not null)
        {
            WriteObject(location);
        }
    });
}
