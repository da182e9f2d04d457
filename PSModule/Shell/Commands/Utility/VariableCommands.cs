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
