using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace RaftKv.Shell.Engine;

/// <summary>Variables and aliases by scope, which the engine keeps to itself; see <see cref="EngineAccess"/> for why.</summary>
internal static class EngineScopes
{
    private const string State = "System.Management.Automation.SessionStateInternal, System.Management.Automation";
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    internal static IDictionary<string, PSVariable> Variables(SessionState state, string? scope) =>
        scope is null ? GetVariables(Internal(state)) : GetVariablesAt(Internal(state), scope);

    internal static PSVariable? Variable(SessionState state, string name, string? scope) =>
        scope is null ? state.PSVariable.Get(name) : GetVariableAt(Internal(state), name, scope);

    internal static void SetVariable(SessionState state, PSVariable variable, string? scope, bool force, CommandOrigin origin) =>
        SetVariableAt(Internal(state), variable, scope ?? "local", force, origin);

    internal static void NewVariable(SessionState state, PSVariable variable, string? scope, bool force) =>
        NewVariableAt(Internal(state), variable, scope ?? "local", force);

    internal static void RemoveVariable(SessionState state, PSVariable variable, string? scope, bool force)
    {
        if (scope is null)
        {
            RemoveVariable(Internal(state), variable, force);
        }
        else
        {
            RemoveVariableAt(Internal(state), variable, scope, force);
        }
    }

    internal static IDictionary<string, AliasInfo> Aliases(SessionState state, string? scope) =>
        scope is null ? GetAliases(Internal(state)) : GetAliasesAt(Internal(state), scope);

    internal static AliasInfo SetAlias(SessionState state, AliasInfo alias, string? scope, bool force, CommandOrigin origin) =>
        SetAliasAt(Internal(state), alias, scope ?? "local", force, origin);

    internal static void RemoveAlias(SessionState state, string name, bool force) =>
        RemoveAlias(Internal(state), name, force);

    internal static AliasInfo NewAlias(SessionState state, string name, string definition, ScopedItemOptions options)
    {
        var context = Internal(state).GetType().GetProperty("ExecutionContext", Any)!.GetValue(Internal(state));
        return (AliasInfo)Activator.CreateInstance(
            typeof(AliasInfo), Any, binder: null, [name, definition, context, options], culture: null)!;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Internal")]
    [return: UnsafeAccessorType(State)]
    private static extern object Internal(SessionState state);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetVariableTable")]
    private static extern IDictionary<string, PSVariable> GetVariables([UnsafeAccessorType(State)] object state);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetVariableTableAtScope")]
    private static extern IDictionary<string, PSVariable> GetVariablesAt(
        [UnsafeAccessorType(State)] object state, string scope);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetVariableAtScope")]
    private static extern PSVariable? GetVariableAt([UnsafeAccessorType(State)] object state, string name, string scope);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SetVariableAtScope")]
    private static extern object? SetVariableAt(
        [UnsafeAccessorType(State)] object state, PSVariable variable, string scope, bool force, CommandOrigin origin);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "NewVariableAtScope")]
    private static extern object? NewVariableAt(
        [UnsafeAccessorType(State)] object state, PSVariable variable, string scope, bool force);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "RemoveVariable")]
    private static extern void RemoveVariable([UnsafeAccessorType(State)] object state, PSVariable variable, bool force);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "RemoveVariableAtScope")]
    private static extern void RemoveVariableAt(
        [UnsafeAccessorType(State)] object state, PSVariable variable, string scope, bool force);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetAliasTable")]
    private static extern IDictionary<string, AliasInfo> GetAliases([UnsafeAccessorType(State)] object state);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetAliasTableAtScope")]
    private static extern IDictionary<string, AliasInfo> GetAliasesAt(
        [UnsafeAccessorType(State)] object state, string scope);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SetAliasItemAtScope")]
    private static extern AliasInfo SetAliasAt(
        [UnsafeAccessorType(State)] object state, AliasInfo alias, string scope, bool force, CommandOrigin origin);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "RemoveAlias")]
    private static extern void RemoveAlias([UnsafeAccessorType(State)] object state, string name, bool force);
}
