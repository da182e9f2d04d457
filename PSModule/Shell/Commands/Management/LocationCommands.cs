using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Says where the session is.</summary>
[Cmdlet(VerbsCommon.Get, "Location", DefaultParameterSetName = "Location")]
public sealed class GetLocationCommand : ProviderCommand
{
    [Parameter(ParameterSetName = "Location", ValueFromPipelineByPropertyName = true)]
    public string[]? PSProvider { get; set; }

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

        if (PSDrive is null && PSProvider is null)
        {
            WriteObject(SessionState.Path.CurrentLocation);
            return;
        }

        foreach (var drive in PSDrive ?? [])
        {
            Guarded(() =>
            {
                var root = $"{drive}:{System.IO.Path.DirectorySeparatorChar}";
                var path = SessionState.Path.Combine(root, SessionState.Drive.Get(drive).CurrentLocation);
                WriteObject(SessionState.Path.GetResolvedPSPathFromPSPath(path), enumerateCollection: true);
            });
        }

        foreach (var provider in PSProvider ?? [])
        {
            Guarded(() => WriteObject(SessionState.Path.CurrentProviderLocation(provider)));
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
