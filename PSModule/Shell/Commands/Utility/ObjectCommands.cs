using System.Collections;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Passes objects on and keeps them in a file or a variable.</summary>
[Cmdlet("Tee", "Object", DefaultParameterSetName = "File")]
public sealed class TeeObjectCommand : PSCmdlet, IDisposable
{
    private readonly List<PSObject> _items = [];
    private SteppablePipeline? _output;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "File")]
    [Alias("Path")]
    public string? FilePath { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "LiteralFile")]
    [Alias("PSPath", "LP")]
    public string? LiteralPath { get; set; }

    [Parameter(ParameterSetName = "File")]
    public SwitchParameter Append { get; set; }

    [Parameter(Position = 1, ParameterSetName = "File")]
    [Parameter(Position = 1, ParameterSetName = "LiteralFile")]
    [TextEncoding]
    public System.Text.Encoding Encoding { get; set; } = TextEncodingAttribute.Default;

    [Parameter(Mandatory = true, ParameterSetName = "Variable")]
    public string? Variable { get; set; }

    public void Dispose() => _output?.Dispose();

    protected override void BeginProcessing()
    {
        if (Variable is not null)
        {
            return;
        }

        var script = ScriptBlock.Create("param($p) Microsoft.PowerShell.Utility\\Out-File @p");
        var arguments = new Hashtable { ["Encoding"] = Encoding, ["Append"] = Append.IsPresent };
        arguments[LiteralPath is null ? "FilePath" : "LiteralPath"] = LiteralPath ?? FilePath;
        _output = script.GetSteppablePipeline(CommandOrigin.Internal, [arguments]);
        _output.Begin(expectInput: true);
    }

    protected override void ProcessRecord()
    {
        if (Variable is null)
        {
            _output!.Process(InputObject);
        }
        else if (InputObject is not null)
        {
            _items.Add(InputObject);
        }

        WriteObject(InputObject);
    }

    protected override void EndProcessing()
    {
        if (Variable is null)
        {
            _output!.End();
            return;
        }

        SessionState.PSVariable.Set(Variable, _items.Count == 1 ? _items[0] : _items.ToArray<object>());
    }
}

/// <summary>Makes an object of a .NET class.</summary>
[Cmdlet(VerbsCommon.New, "Object", DefaultParameterSetName = "Net")]
public sealed class NewObjectCommand : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Net")]
    public string TypeName { get; set; } = string.Empty;

    [Parameter(Position = 1, ParameterSetName = "Net")]
    [Alias("Args")]
    public object?[] ArgumentList { get; set; } = [];

    [Parameter]
    public IDictionary? Property { get; set; }

    protected override void BeginProcessing()
    {
        if (!LanguagePrimitives.TryConvertTo(TypeName, out Type type))
        {
            var message = $"Cannot find type [{TypeName}]: verify that the assembly containing this type is loaded.";
            Fail(new PSArgumentException(message), "TypeNotFound", ErrorCategory.InvalidType);
        }

        var result = type == typeof(PSObject) || type == typeof(PSCustomObject) ? new PSObject() : Construct(type);
        foreach (DictionaryEntry entry in Property ?? new Hashtable())
        {
            Assign(result, entry.Key.ToString()!, entry.Value);
        }

        WriteObject(result);
    }

    private PSObject Construct(Type type)
    {
        try
        {
            var create = ScriptBlock.Create("param($t, $a) , $t::new.Invoke($a)");
            return type.IsValueType && ArgumentList.Length == 0
                ? PSObject.AsPSObject(Activator.CreateInstance(type)!)
                : create.Invoke(type, ArgumentList)[0];
        }
        catch (RuntimeException exception)
        {
            Fail(Told(exception, type), "ConstructorInvokedThrowException", ErrorCategory.InvalidOperation);
            throw;
        }
    }

    /// <summary>The words of the failure, with the constructor in place of the method behind it.</summary>
    private Exception Told(RuntimeException exception, Type type)
    {
        if (exception.InnerException is { } inner and not MethodException)
        {
            var message = $"Exception calling \".ctor\" with \"{ArgumentList.Length}\" argument(s): \"{inner.Message}\"";
            return new MethodInvocationException(message, inner);
        }

        var cause = exception.InnerException ?? exception;
        return new MethodException(cause.Message.Replace("\".ctor\"", $"\"{type.Name}\"", StringComparison.Ordinal), cause);
    }

    private void Assign(PSObject target, string name, object? value)
    {
        if (target.BaseObject is PSCustomObject)
        {
            target.Properties.Add(new PSNoteProperty(name, value));
        }
        else if (target.Properties[name] is { IsSettable: true } property)
        {
            property.Value = value;
        }
        else
        {
            var message = $"The member \"{name}\" was not found for the specified {target.BaseObject.GetType().FullName} object.";
            Fail(new InvalidOperationException(message), "InvalidOperationException", ErrorCategory.InvalidOperation);
        }
    }

    private void Fail(Exception exception, string id, ErrorCategory category) =>
        ThrowTerminatingError(new ErrorRecord(exception, id, category, null));
}
