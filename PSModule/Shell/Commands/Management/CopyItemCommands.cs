using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Copies items.</summary>
[Cmdlet(VerbsCommon.Copy, "Item", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class CopyItemCommand : PathCommand
{
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string? Destination { get; set; }

    [Parameter]
    public SwitchParameter Container { get; set; } = true;

    [Parameter]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override void Configure(object context)
    {
        base.Configure(context);
        EngineAccess.SetPassThru(context, PassThru);
    }

    protected override void ProcessRecord()
    {
        var containers = Container ? CopyContainers.CopyTargetContainer : CopyContainers.CopyChildrenOfTargetContainer;
        ForEachPath(Paths, (path, context) => EngineAccess.CopyItem(
            InvokeProvider.Item, path, Destination, Recurse, containers, context));
    }
}

/// <summary>Moves items.</summary>
[Cmdlet(VerbsCommon.Move, "Item", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class MoveItemCommand : PathCommand
{
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string Destination { get; set; } = ".";

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override void Configure(object context)
    {
        base.Configure(context);
        EngineAccess.SetPassThru(context, PassThru);
    }

    protected override void ProcessRecord() => ForEachPath(
        Paths, (path, context) => EngineAccess.MoveItem(InvokeProvider.Item, path, Destination, context));
}

/// <summary>Renames an item in its place.</summary>
[Cmdlet(VerbsCommon.Rename, "Item", DefaultParameterSetName = "ByPath", SupportsShouldProcess = true)]
public sealed class RenameItemCommand : ProviderCommand
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "ByPath", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string Path { get; set; } = string.Empty;

    [Parameter(Mandatory = true, ParameterSetName = "ByLiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public string LiteralPath { get; set; } = string.Empty;

    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string NewName { get; set; } = string.Empty;

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override bool Literal => ParameterSetName == "ByLiteralPath";

    internal override void Configure(object context)
    {
        EngineAccess.SetForce(context, Force);
        EngineAccess.SetPassThru(context, PassThru);
    }

    protected override void ProcessRecord() => ForEachPath(
        [Literal ? LiteralPath : Path],
        (path, context) => EngineAccess.RenameItem(InvokeProvider.Item, path, NewName, context));
}
