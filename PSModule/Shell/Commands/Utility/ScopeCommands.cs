using System.Collections;
using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Shared by the commands that find variables by name.</summary>
public abstract class FindVariableCommand : PSCmdlet
{
    [Parameter]
    public string[] Include { get; set; } = [];

    [Parameter]
    public string[] Exclude { get; set; } = [];

    [Parameter]
    [ArgumentCompletions("Global", "Local", "Script", "0", "1")]
    public string? Scope { get; set; }

    /// <summary>The variables that a name with wildcards means; a plain name without one is written as an error.</summary>
    internal List<PSVariable> Find(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name))
        {
            if (EngineScopes.Variable(SessionState, name, Scope) is { } one)
            {
                return Selected(one) ? [one] : [];
            }

            WriteError(new ErrorRecord(
                new ItemNotFoundException($"Cannot find a variable with the name '{name}'."),
                "VariableNotFound",
                ErrorCategory.ObjectNotFound,
                name));
            return [];
        }

        var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        return [.. EngineScopes.Variables(SessionState, Scope).Values
            .Where(variable => pattern.IsMatch(variable.Name) && Selected(variable))
            .OrderBy(variable => variable.Name, StringComparer.OrdinalIgnoreCase)];
    }

    private bool Selected(PSVariable variable) =>
        (Include.Length == 0 || Matches(Include, variable.Name)) && !Matches(Exclude, variable.Name);

    private static bool Matches(string[] patterns, string name) =>
        patterns.Any(pattern => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(name));
}

/// <summary>Gets variables.</summary>
[Cmdlet(VerbsCommon.Get, "Variable")]
[OutputType(typeof(PSVariable))]
public sealed class GetVariableCommand : FindVariableCommand
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    public SwitchParameter ValueOnly { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var variable in Name.SelectMany(Find))
        {
            if (ValueOnly)
            {
                WriteObject(variable.Value);
            }
            else
            {
                WriteObject(variable);
            }
        }
    }
}

/// <summary>Sets variables, making those that are not there.</summary>
[Cmdlet(VerbsCommon.Set, "Variable", SupportsShouldProcess = true)]
[OutputType(typeof(PSVariable))]
public sealed class SetVariableCommand : FindVariableCommand
{
    private readonly ArrayList _values = [];

    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    public object? Value { get; set; }

    [Parameter]
    public string? Description { get; set; }

    [Parameter]
    public ScopedItemOptions Option { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SessionStateEntryVisibility Visibility { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        if (MyInvocation.ExpectingInput)
        {
            _values.Add(Value);
        }
        else
        {
            Set(Value);
        }
    }

    protected override void EndProcessing()
    {
        if (MyInvocation.ExpectingInput)
        {
            Set(_values.Count == 1 ? _values[0] : _values.ToArray());
        }
    }

    private bool Bound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private void Set(object? value)
    {
        foreach (var name in Name)
        {
            var found = WildcardPattern.ContainsWildcardCharacters(name)
                ? Find(name)
                : [EngineScopes.Variable(SessionState, name, Scope ?? "local") ?? new PSVariable(name)];
            foreach (var variable in found)
            {
                if (!ShouldProcess($"Name: {variable.Name} Value: {value}", "Set variable"))
                {
                    continue;
                }

                try
                {
                    Assign(variable, value);
                }
                catch (SessionStateException exception)
                {
                    WriteError(new ErrorRecord(exception.ErrorRecord, exception));
                }
            }
        }
    }

    private void Assign(PSVariable variable, object? value)
    {
        if (Force && variable.Options.HasFlag(ScopedItemOptions.ReadOnly))
        {
            EngineScopes.SetVariable(
                SessionState, new PSVariable(variable.Name, value, Option), Scope, force: true, CommandOrigin);
        }
        else
        {
            if (Bound(nameof(Value)) || MyInvocation.ExpectingInput)
            {
                variable.Value = value;
            }

            if (Bound(nameof(Option)))
            {
                variable.Options = Option;
            }

            variable.Description = Description ?? variable.Description;
            variable.Visibility = Bound(nameof(Visibility)) ? Visibility : variable.Visibility;
            EngineScopes.SetVariable(SessionState, variable, Scope, Force, CommandOrigin);
        }

        if (PassThru)
        {
            WriteObject(EngineScopes.Variable(SessionState, variable.Name, Scope));
        }
    }
}

/// <summary>Makes a variable that is not there yet.</summary>
[Cmdlet(VerbsCommon.New, "Variable", SupportsShouldProcess = true)]
[OutputType(typeof(PSVariable))]
public sealed class NewVariableCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public object? Value { get; set; }

    [Parameter]
    public string? Description { get; set; }

    [Parameter]
    public ScopedItemOptions Option { get; set; }

    [Parameter]
    public SessionStateEntryVisibility Visibility { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    [ArgumentCompletions("Global", "Local", "Script", "0", "1")]
    public string? Scope { get; set; }

    protected override void ProcessRecord()
    {
        if (!ShouldProcess($"Name: {Name} Value: {Value}", "New variable"))
        {
            return;
        }

        var variable = new PSVariable(Name, Value, Option) { Visibility = Visibility };
        if (Description is not null)
        {
            variable.Description = Description;
        }

        if (!Force && EngineScopes.Variable(SessionState, Name, Scope ?? "local") is not null)
        {
            WriteError(new ErrorRecord(
                new SessionStateException($"A variable with name '{Name}' already exists."),
                "VariableAlreadyExists",
                ErrorCategory.ResourceExists,
                Name));
            return;
        }

        try
        {
            EngineScopes.NewVariable(SessionState, variable, Scope, Force);
            if (PassThru)
            {
                WriteObject(variable);
            }
        }
        catch (SessionStateException exception)
        {
            WriteError(new ErrorRecord(exception.ErrorRecord, exception));
        }
    }
}

/// <summary>Removes variables.</summary>
[Cmdlet(VerbsCommon.Remove, "Variable", SupportsShouldProcess = true)]
public sealed class RemoveVariableCommand : FindVariableCommand
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var variable in Name.SelectMany(Find))
        {
            if (!ShouldProcess($"Name: {variable.Name}", "Remove variable"))
            {
                continue;
            }

            try
            {
                EngineScopes.RemoveVariable(SessionState, variable, Scope, Force);
            }
            catch (SessionStateException exception)
            {
                WriteError(new ErrorRecord(exception.ErrorRecord, exception));
            }
        }
    }
}

/// <summary>Sets variables to null.</summary>
[Cmdlet(VerbsCommon.Clear, "Variable", SupportsShouldProcess = true)]
[OutputType(typeof(PSVariable))]
public sealed class ClearVariableCommand : FindVariableCommand
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var variable in Name.SelectMany(Find))
        {
            if (!ShouldProcess($"Name: {variable.Name}", "Clear variable"))
            {
                continue;
            }

            try
            {
                if (Force && variable.Options.HasFlag(ScopedItemOptions.ReadOnly))
                {
                    var cleared = new PSVariable(variable.Name, null, variable.Options);
                    EngineScopes.SetVariable(SessionState, cleared, Scope, force: true, CommandOrigin);
                }
                else
                {
                    variable.Value = null;
                }

                if (PassThru)
                {
                    WriteObject(variable);
                }
            }
            catch (SessionStateException exception)
            {
                WriteError(new ErrorRecord(exception.ErrorRecord, exception));
            }
        }
    }
}

/// <summary>Gets aliases by name or by what they stand for.</summary>
[Cmdlet(VerbsCommon.Get, "Alias", DefaultParameterSetName = "Default")]
[OutputType(typeof(AliasInfo))]
public sealed class GetAliasCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Default", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    public string[] Exclude { get; set; } = [];

    [Parameter]
    [ArgumentCompletions("Global", "Local", "Script", "0", "1")]
    public string? Scope { get; set; }

    [Parameter(ParameterSetName = "Definition")]
    public string[]? Definition { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var wanted in Definition ?? Name)
        {
            var pattern = WildcardPattern.Get(wanted, WildcardOptions.IgnoreCase);
            var found = EngineScopes.Aliases(SessionState, Scope).Values
                .Where(alias => pattern.IsMatch(Definition is null ? alias.Name : alias.Definition))
                .Where(alias => !Exclude.Any(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase).IsMatch(alias.Name)))
                .OrderBy(alias => alias.Name, StringComparer.OrdinalIgnoreCase)
                .ToList();
            found.ForEach(WriteObject);
            if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(wanted))
            {
                var kind = Definition is null ? "name" : "definition";
                WriteError(new ErrorRecord(
                    new ItemNotFoundException(
                        $"This command cannot find a matching alias because an alias with the {kind} '{wanted}' does not exist."),
                    "ItemNotFoundException",
                    ErrorCategory.ObjectNotFound,
                    wanted));
            }
        }
    }
}

/// <summary>Shared by the commands that define an alias.</summary>
public abstract class DefineAliasCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string Value { get; set; } = string.Empty;

    [Parameter]
    public string Description { get; set; } = string.Empty;

    [Parameter]
    public ScopedItemOptions Option { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    [ArgumentCompletions("Global", "Local", "Script", "0", "1")]
    public string? Scope { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    internal void Define()
    {
        if (!ShouldProcess($"Name: {Name} Value: {Value}", "Set Alias"))
        {
            return;
        }

        var alias = EngineScopes.NewAlias(SessionState, Name, Value, Option);
        alias.Description = Description;
        try
        {
            var result = EngineScopes.SetAlias(SessionState, alias, Scope, Force, CommandOrigin);
            if (PassThru)
            {
                WriteObject(result);
            }
        }
        catch (SessionStateException exception)
        {
            WriteError(new ErrorRecord(exception.ErrorRecord, exception));
        }
    }
}

/// <summary>Sets an alias, whether or not it is there.</summary>
[Cmdlet(VerbsCommon.Set, "Alias", SupportsShouldProcess = true)]
[OutputType(typeof(AliasInfo))]
public sealed class SetAliasCommand : DefineAliasCommand
{
    protected override void ProcessRecord() => Define();
}

/// <summary>Makes an alias that is not there yet.</summary>
[Cmdlet(VerbsCommon.New, "Alias", SupportsShouldProcess = true)]
[OutputType(typeof(AliasInfo))]
public sealed class NewAliasCommand : DefineAliasCommand
{
    protected override void ProcessRecord()
    {
        if (!Force && EngineScopes.Aliases(SessionState, Scope).ContainsKey(Name))
        {
            WriteError(new ErrorRecord(
                new SessionStateException($"The alias is not allowed, because an alias with the name '{Name}' already exists."),
                "AliasAlreadyExists",
                ErrorCategory.ResourceExists,
                Name));
            return;
        }

        Define();
    }
}

/// <summary>Removes aliases.</summary>
[Cmdlet(VerbsCommon.Remove, "Alias")]
public sealed class RemoveAliasCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            try
            {
                if (!EngineScopes.Aliases(SessionState, scope: null).ContainsKey(name))
                {
                    throw new ItemNotFoundException(
                        $"This command cannot find a matching alias because an alias with the name '{name}' does not exist.");
                }

                EngineScopes.RemoveAlias(SessionState, name, Force);
            }
            catch (ItemNotFoundException exception)
            {
                WriteError(new ErrorRecord(exception, "AliasNotFound", ErrorCategory.ObjectNotFound, name));
            }
            catch (SessionStateException exception)
            {
                WriteError(new ErrorRecord(exception.ErrorRecord, exception));
            }
        }
    }
}
