using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

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
    [Parameter(ParameterSetName = "Variable")]
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

        IEnumerable<object> kept = _items;
        if (Append && SessionState.PSVariable.GetValue(Variable) is { } earlier)
        {
            kept = (LanguagePrimitives.GetEnumerable(earlier)?.Cast<object>() ?? [earlier]).Concat(_items);
        }

        var all = kept.ToArray();
        SessionState.PSVariable.Set(Variable, all.Length == 1 ? all[0] : all);
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
            var cause = exception.InnerException ?? exception;
            Fail(cause, "ConstructorInvokedThrowException", ErrorCategory.InvalidOperation);
            throw;
        }
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

/// <summary>Adds members to an object.</summary>
[Cmdlet(VerbsCommon.Add, "Member", DefaultParameterSetName = "TypeNameSet")]
public sealed class AddMemberCommand : PSCmdlet
{
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject InputObject { get; set; } = new();

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "MemberSet")]
    [Alias("Type")]
    public PSMemberTypes MemberType { get; set; }

    [Parameter(Position = 1, Mandatory = true, ParameterSetName = "MemberSet")]
    public string Name { get; set; } = string.Empty;

    [Parameter(Position = 2, ParameterSetName = "MemberSet")]
    public object? Value { get; set; }

    [Parameter(Position = 3, ParameterSetName = "MemberSet")]
    public object? SecondValue { get; set; }

    [Parameter]
    public string? TypeName { get; set; }

    [Parameter(ParameterSetName = "MemberSet")]
    [Parameter(ParameterSetName = "NotePropertySingleMemberSet")]
    [Parameter(ParameterSetName = "NotePropertyMultiMemberSet")]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "NotePropertySingleMemberSet")]
    public string NotePropertyName { get; set; } = string.Empty;

    [Parameter(Position = 1, Mandatory = true, ParameterSetName = "NotePropertySingleMemberSet")]
    [AllowNull]
    public object? NotePropertyValue { get; set; }

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "NotePropertyMultiMemberSet")]
    public IDictionary NotePropertyMembers { get; set; } = new Hashtable();

    protected override void ProcessRecord()
    {
        foreach (var member in Members())
        {
            Add(member);
        }

        if (!string.IsNullOrEmpty(TypeName))
        {
            InputObject.TypeNames.Insert(0, TypeName);
        }

        if (PassThru)
        {
            WriteObject(InputObject);
        }
    }

    private IEnumerable<PSMemberInfo> Members() => ParameterSetName switch
    {
        "NotePropertySingleMemberSet" => [new PSNoteProperty(NotePropertyName, NotePropertyValue)],
        "NotePropertyMultiMemberSet" => NotePropertyMembers.Cast<DictionaryEntry>()
            .Select(entry => new PSNoteProperty(entry.Key.ToString(), entry.Value)),
        "MemberSet" => [Member()],
        _ => [],
    };

    private PSMemberInfo Member()
    {
        switch (MemberType)
        {
            case PSMemberTypes.NoteProperty:
                return new PSNoteProperty(Name, Value);
            case PSMemberTypes.AliasProperty:
                return SecondValue is null
                    ? new PSAliasProperty(Name, Value?.ToString())
                    : new PSAliasProperty(Name, Value?.ToString(), LanguagePrimitives.ConvertTo<Type>(SecondValue));
            case PSMemberTypes.ScriptProperty:
                var getter = LanguagePrimitives.ConvertTo<ScriptBlock>(Value);
                var setter = LanguagePrimitives.ConvertTo<ScriptBlock>(SecondValue);
                return setter is null ? new PSScriptProperty(Name, getter) : new PSScriptProperty(Name, getter, setter);
            case PSMemberTypes.ScriptMethod:
                return new PSScriptMethod(Name, LanguagePrimitives.ConvertTo<ScriptBlock>(Value));
            case PSMemberTypes.CodeMethod:
                return new PSCodeMethod(Name, LanguagePrimitives.ConvertTo<MethodInfo>(Value));
            case PSMemberTypes.CodeProperty:
                return new PSCodeProperty(Name, LanguagePrimitives.ConvertTo<MethodInfo>(Value));
            case PSMemberTypes.PropertySet:
                return new PSPropertySet(Name, LanguagePrimitives.ConvertTo<string[]>(Value));
            default:
                var exception = new NotSupportedException($"Members of type {MemberType} cannot be added.");
                ThrowTerminatingError(new ErrorRecord(exception, "CannotAddMemberType", ErrorCategory.InvalidOperation, MemberType));
                throw exception;
        }
    }

    private void Add(PSMemberInfo member)
    {
        try
        {
            if (Force && InputObject.Members[member.Name] is { IsInstance: true })
            {
                InputObject.Members.Remove(member.Name);
            }
            else if (!Force && InputObject.Members[member.Name] is not null)
            {
                var message = $"Cannot add a member with the name \"{member.Name}\" because a member with that name already "
                    + "exists. To overwrite the member anyway, add the Force parameter to your command.";
                WriteError(new ErrorRecord(
                    new InvalidOperationException(message), "MemberAlreadyExists", ErrorCategory.InvalidOperation, InputObject));
                return;
            }

            InputObject.Members.Add(member);
        }
        catch (ExtendedTypeSystemException exception)
        {
            WriteError(new ErrorRecord(exception.ErrorRecord, exception));
        }
    }
}

/// <summary>One difference that Compare-Object found is a custom object; this finds them.</summary>
[Cmdlet(VerbsData.Compare, "Object")]
public sealed class CompareObjectCommand : PSCmdlet
{
    private readonly List<PSObject> _difference = [];
    private List<PropertySpecification> _properties = [];
    private ValueComparer _comparer = new(true, CultureInfo.CurrentCulture);

    [Parameter(Position = 0, Mandatory = true)]
    [AllowEmptyCollection]
    public PSObject[] ReferenceObject { get; set; } = [];

    [Parameter(Position = 1, Mandatory = true, ValueFromPipeline = true)]
    [AllowEmptyCollection]
    public PSObject[] DifferenceObject { get; set; } = [];

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int SyncWindow { get; set; } = int.MaxValue;

    [Parameter]
    public object[] Property { get; set; } = [];

    [Parameter]
    public SwitchParameter ExcludeDifferent { get; set; }

    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    public string? Culture { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    protected override void BeginProcessing()
    {
        _properties = PropertySpecification.Parse(this, Property);
        var culture = Culture is null ? CultureInfo.CurrentCulture : CultureInfo.GetCultureInfo(Culture);
        _comparer = new ValueComparer(!CaseSensitive, culture);
    }

    protected override void ProcessRecord() => _difference.AddRange(DifferenceObject);

    protected override void EndProcessing()
    {
        var left = ReferenceObject.Select((item, i) => (Item: item, Index: i)).ToList();
        var onlyRight = new List<PSObject>();
        for (var i = 0; i < _difference.Count; i++)
        {
            var match = left.FindIndex(candidate =>
                Math.Abs((long)candidate.Index - i) <= SyncWindow && Same(candidate.Item, _difference[i]));
            if (match < 0)
            {
                onlyRight.Add(_difference[i]);
                continue;
            }

            if (IncludeEqual || ExcludeDifferent)
            {
                Write(left[match].Item, "==");
            }

            left.RemoveAt(match);
        }

        if (ExcludeDifferent)
        {
            return;
        }

        onlyRight.ForEach(item => Write(item, "=>"));
        left.ForEach(entry => Write(entry.Item, "<="));
    }

    private bool Same(PSObject a, PSObject b)
    {
        if (_properties.Count > 0)
        {
            return _properties.TrueForAll(property =>
                _comparer.AreEqual(property.Value(a, out _), property.Value(b, out _)));
        }

        return a is null || b is null ? a is null && b is null : _comparer.AreEqual(a, b);
    }

    private void Write(PSObject item, string side)
    {
        if (PassThru)
        {
            var shown = PSObject.AsPSObject(item);
            shown.Members.Remove("SideIndicator");
            shown.Properties.Add(new PSNoteProperty("SideIndicator", side));
            WriteObject(shown);
            return;
        }

        var result = new PSObject();
        if (_properties.Count == 0)
        {
            result.Properties.Add(new PSNoteProperty("InputObject", item));
        }

        foreach (var property in _properties)
        {
            result.Properties.Add(new PSNoteProperty(
                property.Label ?? property.Expression.ToString(), property.Value(item, out _)));
        }

        result.Properties.Add(new PSNoteProperty("SideIndicator", side));
        WriteObject(result);
    }
}
