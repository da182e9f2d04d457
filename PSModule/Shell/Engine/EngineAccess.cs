using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Provider;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace RaftKv.Shell.Engine;

/// <summary>
/// The one place that reaches the engine's own non-public members. The standard commands live in assemblies that are
/// friends of the engine and get filters, dynamic parameters and <c>-WhatIf</c> to the providers through a context
/// object, and formatting through an inherited field; there is no public way for either. The version is pinned, so a
/// member that moves is found by the first test that runs.
/// </summary>
internal static class EngineAccess
{
    private const string Engine = ", System.Management.Automation";
    private const string Context = "System.Management.Automation.CmdletProviderContext" + Engine;
    private const string Format = "Microsoft.PowerShell.Commands.Internal.Format.";
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType(Context)]
    internal static extern object NewContext(Cmdlet command);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Force")]
    internal static extern void SetForce([UnsafeAccessorType(Context)] object context, SwitchParameter force);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_PassThru")]
    internal static extern void SetPassThru([UnsafeAccessorType(Context)] object context, bool passThru);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_SuppressWildcardExpansion")]
    internal static extern void SetLiteral([UnsafeAccessorType(Context)] object context, bool literal);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_DynamicParameters")]
    internal static extern void SetDynamicParameters(
        [UnsafeAccessorType(Context)] object context, object? parameters);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SetFilters")]
    internal static extern void SetFilters(
        [UnsafeAccessorType(Context)] object context,
        Collection<string>? include,
        Collection<string>? exclude,
        string? filter);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "StopProcessing")]
    internal static extern void Stop([UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Get")]
    internal static extern void GetItem(
        ItemCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetItemDynamicParameters")]
    internal static extern object? GetItemParameters(
        ItemCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Set")]
    internal static extern void SetItem(
        ItemCmdletProviderIntrinsics item, string path, object? value, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Clear")]
    internal static extern void ClearItem(
        ItemCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "New")]
    internal static extern void NewItem(
        ItemCmdletProviderIntrinsics item,
        string path,
        string? name,
        string? type,
        object? value,
        [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "NewItemDynamicParameters")]
    internal static extern object? NewItemParameters(
        ItemCmdletProviderIntrinsics item,
        string path,
        string? type,
        object? value,
        [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Rename")]
    internal static extern void RenameItem(
        ItemCmdletProviderIntrinsics item, string path, string name, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Remove")]
    internal static extern void RemoveItem(
        ItemCmdletProviderIntrinsics item, string path, bool recurse, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "RemoveItemDynamicParameters")]
    internal static extern object? RemoveItemParameters(
        ItemCmdletProviderIntrinsics item, string path, bool recurse, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Copy")]
    internal static extern void CopyItem(
        ItemCmdletProviderIntrinsics item,
        string path,
        string? destination,
        bool recurse,
        CopyContainers containers,
        [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Move")]
    internal static extern void MoveItem(
        ItemCmdletProviderIntrinsics item,
        string path,
        string? destination,
        [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Exists")]
    internal static extern bool Exists(
        ItemCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ItemExistsDynamicParameters")]
    internal static extern object? ExistsParameters(
        ItemCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Combine")]
    internal static extern string Combine(
        PathIntrinsics paths, string parent, string child, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "IsContainer")]
    internal static extern bool IsContainer(
        ItemCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Get")]
    internal static extern void GetChildren(
        ChildItemCmdletProviderIntrinsics item,
        string path,
        bool recurse,
        uint depth,
        [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetNames")]
    internal static extern void GetChildNames(
        ChildItemCmdletProviderIntrinsics item,
        string path,
        ReturnContainers containers,
        bool recurse,
        uint depth,
        [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetChildItemsDynamicParameters")]
    internal static extern object? GetChildrenParameters(
        ChildItemCmdletProviderIntrinsics item,
        string path,
        bool recurse,
        [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetReader")]
    internal static extern Collection<IContentReader> GetReader(
        ContentCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetContentReaderDynamicParameters")]
    internal static extern object? ReaderParameters(
        ContentCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetWriter")]
    internal static extern Collection<IContentWriter> GetWriter(
        ContentCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetContentWriterDynamicParameters")]
    internal static extern object? WriterParameters(
        ContentCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Clear")]
    internal static extern void ClearContent(
        ContentCmdletProviderIntrinsics item, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Get")]
    internal static extern void GetProperty(
        PropertyCmdletProviderIntrinsics item,
        string path,
        Collection<string>? names,
        [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Set")]
    internal static extern void SetProperty(
        PropertyCmdletProviderIntrinsics item,
        string path,
        PSObject value,
        [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetResolvedPSPathFromPSPath")]
    internal static extern Collection<PathInfo> Resolve(
        PathIntrinsics paths, string path, [UnsafeAccessorType(Context)] object context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SetLocation")]
    internal static extern PathInfo SetLocation(
        PathIntrinsics paths, string path, [UnsafeAccessorType(Context)] object context, bool literal);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SetInvocationInfo")]
    internal static extern void SetInvocation(ErrorRecord record, InvocationInfo invocation);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_PreserveInvocationInfoOnce")]
    internal static extern void SetKeepsInvocation(ErrorRecord record, bool keeps);

    /// <summary>The exception by which a command ends the commands before it in the pipeline.</summary>
    internal static Exception StopUpstream(Cmdlet command) =>
        (Exception)Create("System.Management.Automation.StopUpstreamCommandsException", [command]);

    /// <summary>Gives a formatting command the engine's implementation of its shape.</summary>
    internal static void UseShape(FrontEndCommandBase command, string shape) =>
        SetImplementation(command, Create(Format + "InnerFormatShapeCommand", [ShapeOf(shape)]));

    /// <summary>Lets a command format what it is given into a writer, at a width.</summary>
    internal static void UseWriter(FrontEndCommandBase command, TextWriter writer, int width, bool noNewline)
    {
        var lines = Create(Format + "TextWriterLineOutput", [writer, width, noNewline]);
        var output = Create(Format + "OutputManagerInner", []);
        output.GetType().GetProperty("LineOutput", Any)!.SetValue(output, lines);
        SetImplementation(command, output);
    }

    /// <summary>
    /// Lets <c>exit</c> in the next script that starts leave the session, not only that script: what pwsh does for -File.
    /// </summary>
    internal static void LetNextScriptExit(Runspace runspace)
    {
        var context = typeof(Runspace).GetProperty("GetExecutionContext", Any)!.GetValue(runspace)!;
        context.GetType().GetProperty("ScriptCommandProcessorShouldRethrowExit", Any)!.SetValue(context, true);
    }

    /// <summary>Makes Out-Default show an object on the error stream, formatted as $ErrorView says.</summary>
    internal static void MarkAsError(PSObject shown)
    {
        var stream = typeof(PSObject).GetProperty("WriteStream", Any)!;
        stream.SetValue(shown, Enum.Parse(stream.PropertyType, "Error"));
    }

    /// <summary>The approved verbs with their groups, aliases and descriptions.</summary>
    internal static object Verbs(string[]? verbs, string[]? groups) =>
        typeof(PSObject).Assembly.GetType("System.Management.Automation.Verbs", throwOnError: true)!
            .GetMethod("FilterByVerbsAndGroups", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!
            .Invoke(null, [verbs, groups])!;

    private static void SetImplementation(FrontEndCommandBase command, object implementation) =>
        typeof(FrontEndCommandBase)
            .GetField("implementation", Any)!
            .SetValue(command, implementation);

    private static object ShapeOf(string shape) =>
        Enum.Parse(typeof(PSObject).Assembly.GetType(Format + "FormatShape", throwOnError: true)!, shape);

    private static object Create(string type, object[] arguments) =>
        Activator.CreateInstance(
            typeof(PSObject).Assembly.GetType(type, throwOnError: true)!,
            Any,
            binder: null,
            arguments,
            culture: null)!;

    /// <summary>The static members of a type, or of the type of an object.</summary>
    internal static PSMemberInfoCollection<PSMemberInfo> StaticMembers(PSObject target)
    {
        var adapter = typeof(PSObject).GetProperty("DotNetStaticAdapter", Any | BindingFlags.Static)!.GetValue(null)!;
        var members = adapter.GetType().GetMethod("BaseGetMembers", Any)!.MakeGenericMethod(typeof(PSMemberInfo));
        return (PSMemberInfoCollection<PSMemberInfo>)members.Invoke(adapter, [target.BaseObject])!;
    }

    /// <summary>An argument that does not fit, so that the binder tries the next set of parameters.</summary>
    internal static ValidationMetadataException NotThisSet(string message) => (ValidationMetadataException)Activator.CreateInstance(
        typeof(ValidationMetadataException), Any, binder: null, [message, true], culture: null)!;
}
