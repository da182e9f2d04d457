using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Reflection;
using Newtonsoft.Json;

namespace Microsoft.PowerShell.Commands;

/// <summary>Turns objects into JSON.</summary>
[Cmdlet(VerbsData.ConvertTo, "Json")]
[OutputType(typeof(string))]
public sealed class ConvertToJsonCommand : PSCmdlet
{
    private readonly List<object?> _input = [];
    private bool _warned;

    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    [Parameter]
    [ValidateRange(0, 100)]
    public int Depth { get; set; } = 2;

    [Parameter]
    public SwitchParameter Compress { get; set; }

    [Parameter]
    public SwitchParameter EnumsAsStrings { get; set; }

    [Parameter]
    public SwitchParameter AsArray { get; set; }

    [Parameter]
    public StringEscapeHandling EscapeHandling { get; set; }

    protected override void ProcessRecord() => _input.Add(InputObject);

    protected override void EndProcessing()
    {
        if (_input.Count == 0)
        {
            return;
        }

        var text = new StringWriter(CultureInfo.InvariantCulture);
        using var writer = new JsonTextWriter(text)
        {
            Formatting = Compress ? Formatting.None : Formatting.Indented,
            StringEscapeHandling = EscapeHandling,
        };
        WriteValue(writer, _input.Count > 1 || AsArray ? _input : _input[0], level: 0);
        writer.Flush();
        WriteObject(text.ToString());
    }

    private void WriteValue(JsonTextWriter writer, object? value, int level)
    {
        if (Stopping)
        {
            throw new PipelineStoppedException();
        }

        var bare = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        if (WriteDecorated(writer, value, bare, level) || WritePrimitive(writer, bare))
        {
            return;
        }

        if (level > Depth)
        {
            writer.WriteValue(LanguagePrimitives.ConvertTo<string>(value));
            if (!_warned)
            {
                _warned = true;
                WriteWarning($"Resulting JSON is truncated as serialization has exceeded the set depth of {Depth}.");
            }

            return;
        }

        if (bare is IEnumerable many and not IDictionary && value is not PSObject { BaseObject: PSCustomObject })
        {
            writer.WriteStartArray();
            foreach (var element in many)
            {
                WriteValue(writer, element, level + 1);
            }

            writer.WriteEndArray();
            return;
        }

        RequireStringKeys(bare as IDictionary);
        writer.WriteStartObject();
        foreach (var (name, member) in Members(value!, bare!))
        {
            writer.WritePropertyName(name);
            WriteValue(writer, member, level + 1);
        }

        writer.WriteEndObject();
    }

    /// <summary>A number or list to which somebody added properties becomes an object, its own value under "value".</summary>
    private bool WriteDecorated(JsonTextWriter writer, object? value, object? bare, int level)
    {
        var single = bare is Guid or Uri or DateTimeOffset or BigInteger or (IEnumerable and not IDictionary)
            || (bare is not null && Type.GetTypeCode(bare.GetType()) != TypeCode.Object);
        if (value is not PSObject decorated || !single || bare is string or DateTime)
        {
            return false;
        }

        var added = Extended(decorated, PSMemberViewTypes.Extended).ToList();
        if (added.Count == 0)
        {
            return false;
        }

        writer.WriteStartObject();
        writer.WritePropertyName("value");
        WriteValue(writer, bare, level);
        foreach (var member in added)
        {
            writer.WritePropertyName(member.Name);
            WriteValue(writer, Attempt(() => member.Value), level + 1);
        }

        writer.WriteEndObject();
        return true;
    }

    private bool WritePrimitive(JsonTextWriter writer, object? value)
    {
        switch (value)
        {
            case null or DBNull or System.Management.Automation.Language.NullString:
                writer.WriteNull();
                return true;
            case Enum name when EnumsAsStrings || Enum.GetUnderlyingType(name.GetType()) is var type && (type == typeof(long) || type == typeof(ulong)):
                writer.WriteValue(name.ToString());
                return true;
            case Enum number:
                writer.WriteValue(Convert.ChangeType(number, number.GetTypeCode(), CultureInfo.InvariantCulture));
                return true;
            case string or bool or char or byte or sbyte or short or ushort or int or uint or long or ulong:
            case float or double or decimal or DateTime or DateTimeOffset or Guid:
                writer.WriteValue(value);
                return true;
            case BigInteger big:
                writer.WriteRawValue(big.ToString(CultureInfo.InvariantCulture));
                return true;
            case Uri uri:
                writer.WriteValue(uri.OriginalString);
                return true;
            default:
                return false;
        }
    }

    private void RequireStringKeys(IDictionary? table)
    {
        if (table?.Keys.Cast<object>().All(key => key is string) == false)
        {
            var failure = new InvalidOperationException($"The type '{table.GetType().FullName}' is not supported for "
                + "serialization or deserialization of a dictionary. Keys must be strings.");
            ThrowTerminatingError(new ErrorRecord(failure, "NonStringKeyInDictionary", ErrorCategory.InvalidOperation, table));
        }
    }

    private static IEnumerable<(string Name, object? Value)> Members(object value, object bare)
    {
        if (bare is IDictionary table)
        {
            foreach (DictionaryEntry entry in table)
            {
                yield return ((string)entry.Key, entry.Value);
            }
        }
        else if (bare is not PSObject)
        {
            foreach (var field in bare.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
            {
                yield return (field.Name, field.GetValue(bare));
            }

            foreach (var property in bare.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                if (property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
                {
                    yield return (property.Name, Attempt(() => property.GetValue(bare)));
                }
            }
        }

        if (value is not PSObject shown)
        {
            yield break;
        }

        var kinds = bare is PSObject
            ? PSMemberViewTypes.Extended | PSMemberViewTypes.Adapted
            : PSMemberViewTypes.Extended;
        foreach (var member in Extended(shown, kinds))
        {
            yield return (member.Name, Attempt(() => member.Value));
        }
    }

    private static IEnumerable<PSPropertyInfo> Extended(PSObject shown, PSMemberViewTypes kinds) =>
        shown.Properties.Where(member => kinds.HasFlag(PSMemberViewTypes.Adapted) || member.MemberType is not
            (PSMemberTypes.Property or PSMemberTypes.ParameterizedProperty));

    private static object? Attempt(Func<object?> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is TargetInvocationException or GetValueException)
        {
            return null;
        }
    }
}
