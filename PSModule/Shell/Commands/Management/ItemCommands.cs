using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Gets items by path.</summary>
[Cmdlet(VerbsCommon.Get, "Item", DefaultParameterSetName = "Path")]
public sealed class GetItemCommand : PathCommand
{
    internal override object? DynamicParametersFor(object context) =>
        EngineAccess.GetItemParameters(InvokeProvider.Item, FirstPath, context);

    protected override void ProcessRecord() => ForEachPath(
        Paths, (path, context) => EngineAccess.GetItem(InvokeProvider.Item, path, context));
}

/// <summary>Lists the items in containers.</summary>
[Cmdlet(VerbsCommon.Get, "ChildItem", DefaultParameterSetName = "Items")]
public sealed class GetChildItemCommand : PathCommand
{
    private bool _searches;

    [Parameter(Position = 0, ParameterSetName = "Items", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public override string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "LiteralItems", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    public override string[] LiteralPath { get; set; } = [];

    [Parameter(Position = 1)]
    public override string? Filter { get; set; }

    [Parameter]
    [Alias("s", "r")]
    public SwitchParameter Recurse { get; set; }

    [Parameter]
    public uint Depth { get; set; } = uint.MaxValue;

    [Parameter]
    public SwitchParameter Name { get; set; }

    internal override bool Literal => ParameterSetName == "LiteralItems";

    internal override IEnumerable<string> Paths => Literal ? LiteralPath : Path.Length == 0 ? [string.Empty] : Path;

    internal override object? DynamicParametersFor(object context) =>
        EngineAccess.GetChildrenParameters(InvokeProvider.ChildItem, FirstPath, Recurse, context);

    protected override void BeginProcessing() => _searches = Recurse || Depth != uint.MaxValue;

    protected override void ProcessRecord() => ForEachPath(Paths, (path, context) =>
    {
        if (Name)
        {
            EngineAccess.GetChildNames(
                InvokeProvider.ChildItem, path, ReturnContainers.ReturnMatchingContainers, _searches, Depth, context);
        }
        else
        {
            EngineAccess.GetChildren(InvokeProvider.ChildItem, path, _searches, Depth, context);
        }
    });
}

/// <summary>Creates items.</summary>
[Cmdlet(VerbsCommon.New, "Item", DefaultParameterSetName = "pathSet", SupportsShouldProcess = true)]
public sealed class NewItemCommand : ProviderCommand
{
    [Parameter(Position = 0, ParameterSetName = "nameSet", ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, ParameterSetName = "pathSet", Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string[] Path { get; set; } = [];

    [Parameter(ParameterSetName = "nameSet", Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Name { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Type")]
    public string? ItemType { get; set; }

    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Target")]
    public object? Value { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    internal override bool Literal => false;

    private IEnumerable<string> Paths => Path.Length == 0 ? [string.Empty] : Path;

    internal override void Configure(object context) => EngineAccess.SetForce(context, Force);

    internal override object? DynamicParametersFor(object context) =>
        EngineAccess.NewItemParameters(InvokeProvider.Item, Paths.First(), ItemType, Value, context);

    protected override void ProcessRecord() => ForEachPath(
        Paths, (path, context) => EngineAccess.NewItem(InvokeProvider.Item, path, Name, ItemType, Value, context));
}

/// <summary>Sets an item's value.</summary>
[Cmdlet(VerbsCommon.Set, "Item", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class SetItemCommand : PathCommand
{
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public object? Value { get; set; }

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipelineByPropertyName = true)]
    public override string[] Path { get; set; } = [];

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override void Configure(object context)
    {
        base.Configure(context);
        EngineAccess.SetPassThru(context, PassThru);
    }

    protected override void ProcessRecord() => ForEachPath(
        Paths, (path, context) => EngineAccess.SetItem(InvokeProvider.Item, path, Value, context));
}

/// <summary>Empties an item but keeps it.</summary>
[Cmdlet(VerbsCommon.Clear, "Item", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class ClearItemCommand : PathCommand
{
    internal override void Configure(object context)
    {
        base.Configure(context);
        EngineAccess.SetPassThru(context, passThru: false);
    }

    protected override void ProcessRecord() => ForEachPath(
        Paths, (path, context) => EngineAccess.ClearItem(InvokeProvider.Item, path, context));
}

/// <summary>Removes items.</summary>
[Cmdlet(VerbsCommon.Remove, "Item", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class RemoveItemCommand : PathCommand
{
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    internal override object? DynamicParametersFor(object context) =>
        EngineAccess.RemoveItemParameters(InvokeProvider.Item, FirstPath, Recurse, context);

    protected override void ProcessRecord() => ForEachPath(Paths, Remove);

    private void Remove(string path, object context)
    {
        var found = EngineAccess.Resolve(SessionState.Path, path, NewContext());
        foreach (var item in found)
        {
            var target = Literal ? path : item.Path;
            var each = NewContext();
            EngineAccess.SetLiteral(each, literal: true);
            var hasChildren = EngineAccess.IsContainer(InvokeProvider.Item, target, each)
                && !IsLink(item) && InvokeProvider.ChildItem.HasChild(target, Force, literalPath: true);
            if (hasChildren && !Recurse && !AskForRecursion(target))
            {
                continue;
            }

            EngineAccess.RemoveItem(InvokeProvider.Item, target, Recurse || hasChildren, each);
        }
    }

    private static bool IsLink(PathInfo item) =>
        item.Provider.Name == "FileSystem" && new FileInfo(item.ProviderPath).LinkTarget is not null;

    private bool AskForRecursion(string target) => ShouldContinue(
        $"The item at {target} has children and the Recurse parameter was not specified. "
        + "If you continue, all children will be removed with the item. Are you sure you want to continue?",
        "Confirm");
}

/// <summary>Gets properties of items.</summary>
[Cmdlet(VerbsCommon.Get, "ItemProperty", DefaultParameterSetName = "Path")]
public sealed class GetItemPropertyCommand : PathCommand
{
    [Parameter(Position = 1)]
    [Alias("PSProperty")]
    public string[]? Name { get; set; }

    protected override void ProcessRecord() => ForEachPath(Paths, (path, context) =>
        EngineAccess.GetProperty(InvokeProvider.Property, path, Name is null ? null : [.. Name], context));
}

/// <summary>Sets a property of items.</summary>
[Cmdlet(VerbsCommon.Set, "ItemProperty", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class SetItemPropertyCommand : PathCommand
{
    [Parameter(Position = 1, Mandatory = true)]
    [Alias("PSProperty")]
    public string Name { get; set; } = string.Empty;

    [Parameter(Position = 2, Mandatory = true)]
    [AllowNull]
    public object? Value { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override void Configure(object context)
    {
        base.Configure(context);
        EngineAccess.SetPassThru(context, PassThru);
    }

    protected override void ProcessRecord() => ForEachPath(Paths, (path, context) =>
    {
        var values = new PSObject();
        values.Properties.Add(new PSNoteProperty(Name, Value));
        EngineAccess.SetProperty(InvokeProvider.Property, path, values, context);
    });
}
