using System.Collections.ObjectModel;
using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>
/// Shared by the commands that work on provider paths. Filters, wildcards, dynamic parameters and <c>-WhatIf</c> go to
/// the provider in one context, so that every drive behaves as its provider says.
/// </summary>
public abstract class ProviderCommand : PSCmdlet, IDynamicParameters
{
    private object? _dynamicParameters;
    private volatile object? _context;

    public object? GetDynamicParameters()
    {
        try
        {
            return _dynamicParameters = DynamicParametersFor(NewContext());
        }
        catch (Exception exception) when (exception is IContainsErrorRecord)
        {
            // A path that cannot be resolved is reported when the command runs.
            return null;
        }
    }

    internal virtual bool Literal => ParameterSetName == "LiteralPath";

    internal virtual object? DynamicParametersFor(object context) => null;

    internal virtual void Configure(object context)
    {
    }

    internal object NewContext()
    {
        var context = EngineAccess.NewContext(this);
        EngineAccess.SetLiteral(context, Literal);
        EngineAccess.SetDynamicParameters(context, _dynamicParameters);
        Configure(context);
        _context = context;
        return context;
    }

    /// <summary>Runs one provider call per path; a path's failure is written and the next is tried.</summary>
    internal void ForEachPath(IEnumerable<string> paths, Action<string, object> call)
    {
        foreach (var path in paths)
        {
            Guarded(() => call(path, NewContext()));
        }
    }

    internal void Guarded(Action call)
    {
        try
        {
            call();
        }
        catch (Exception exception) when (exception is SessionStateException or PSNotSupportedException
            or PSArgumentException or PSInvalidOperationException)
        {
            WriteError(new ErrorRecord(((IContainsErrorRecord)exception).ErrorRecord, exception));
        }
    }

    protected override void StopProcessing()
    {
        if (_context is { } context)
        {
            EngineAccess.Stop(context);
        }
    }
}

/// <summary>Shared by the provider commands that take paths with filters.</summary>
public abstract class PathCommand : ProviderCommand
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public virtual string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public virtual string[] LiteralPath { get; set; } = [];

    [Parameter]
    public virtual string? Filter { get; set; }

    [Parameter]
    public virtual string[]? Include { get; set; }

    [Parameter]
    public virtual string[]? Exclude { get; set; }

    [Parameter]
    public virtual SwitchParameter Force { get; set; }

    internal virtual IEnumerable<string> Paths => Literal ? LiteralPath : Path;

    internal override void Configure(object context)
    {
        EngineAccess.SetForce(context, Force);
        EngineAccess.SetFilters(context, List(Include), List(Exclude), Filter);
    }

    internal string FirstPath => (Paths ?? []).FirstOrDefault() ?? ".";

    private static Collection<string>? List(string[]? patterns) => patterns is null ? null : [.. patterns];
}
