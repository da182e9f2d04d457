using System.Collections;
using System.Management.Automation;
using System.Reflection;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Keeps the word that names a kind of member from being taken for the name of a note property.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NotAMemberTypeAttribute : ValidateArgumentsAttribute
{
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (LanguagePrimitives.TryConvertTo(arguments as string, out PSMemberTypes type) && AddMemberCommand.Addable.HasFlag(type) && type != 0)
        {
            throw EngineAccess.NotThisSet($"The name must not be one of {AddMemberCommand.Addable}.");
        }
    }
}

/// <summary>Adds members to an object.</summary>
[Cmdlet(VerbsCommon.Add, "Member", DefaultParameterSetName = "TypeNameSet")]
public sealed class AddMemberCommand : PSCmdlet
{
    internal const PSMemberTypes Addable = PSMemberTypes.AliasProperty | PSMemberTypes.CodeMethod | PSMemberTypes.CodeProperty
        | PSMemberTypes.MemberSet | PSMemberTypes.NoteProperty | PSMemberTypes.PropertySet | PSMemberTypes.ScriptMethod
        | PSMemberTypes.ScriptProperty;

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
    [NotAMemberType]
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
