using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Sets variables, making those that are not there.</summary>
[Cmdlet(VerbsCommon.Set, "Variable", SupportsShouldProcess = true)]
[OutputType(typeof(PSVariable))]
public sealed class SetVariableCommand : FindVariableCommand
{
    private readonly List<object?> _values = [];

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

    [Parameter]
    public SwitchParameter Append { get; set; }

    private bool Collects => MyInvocation.ExpectingInput || Append;

    protected override void BeginProcessing()
    {
        if (!Append)
        {
            return;
        }

        if (Name is not [var name])
        {
            var failure = new InvalidOperationException("Values can be appended to one variable at a time.");
            ThrowTerminatingError(new ErrorRecord(failure, "SetVariableAppend", ErrorCategory.InvalidOperation, Name));
        }
        else if (SessionState.PSVariable.Get(name) is { } earlier)
        {
            _values.AddRange(earlier.Value as IEnumerable<object> ?? [earlier.Value]);
        }
    }

    protected override void ProcessRecord()
    {
        if (Collects)
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
        if (Collects)
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
                SessionState, new PSVariable(variable.Name, value, Bound(nameof(Option)) ? Option : variable.Options), Scope, force: true, CommandOrigin);
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
