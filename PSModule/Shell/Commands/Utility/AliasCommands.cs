using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

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
                WriteError(new ErrorRecord(exception, "ItemNotFoundException", ErrorCategory.ObjectNotFound, name));
            }
            catch (SessionStateException exception)
            {
                WriteError(new ErrorRecord(exception.ErrorRecord, exception));
            }
        }
    }
}
