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
        PathType == TestPathType.Any && !IsValid && !string.IsNullOrWhiteSpace(FirstPath)
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
