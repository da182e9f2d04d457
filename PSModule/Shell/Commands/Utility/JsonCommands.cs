using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Reflection;
using Newtonsoft.Json;

namespace Microsoft.PowerShell.Commands;

/// <summary>How ConvertFrom-Json reads texts that look like dates.</summary>
public enum JsonDateKind
{
    Default,
    Local,
    Utc,
    Offset,
    String,
}

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
        if (WritePrimitive(writer, bare))
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

        writer.WriteStartObject();
        foreach (var (name, member) in Members(value!, bare!))
        {
            writer.WritePropertyName(name);
            WriteValue(writer, member, level + 1);
        }

        writer.WriteEndObject();
    }

    private bool WritePrimitive(JsonTextWriter writer, object? value)
    {
        switch (value)
        {
            case null or DBNull or System.Management.Automation.Language.NullString:
                writer.WriteNull();
                return true;
            case Enum name when EnumsAsStrings:
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

    private static IEnumerable<(string Name, object? Value)> Members(object value, object bare)
    {
        if (bare is IDictionary table)
        {
            foreach (DictionaryEntry entry in table)
            {
                yield return (LanguagePrimitives.ConvertTo<string>(entry.Key), entry.Value);
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

/// <summary>Reads JSON into objects.</summary>
[Cmdlet(VerbsData.ConvertFrom, "Json")]
public sealed class ConvertFromJsonCommand : PSCmdlet
{
    private readonly List<string> _lines = [];

    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)]
    [AllowEmptyString]
    public string InputObject { get; set; } = string.Empty;

    [Parameter]
    public SwitchParameter AsHashtable { get; set; }

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Depth { get; set; } = 1024;

    [Parameter]
    public SwitchParameter NoEnumerate { get; set; }

    [Parameter]
    public JsonDateKind DateKind { get; set; }

    protected override void ProcessRecord() => _lines.Add(InputObject);

    protected override void EndProcessing()
    {
        if (_lines.Count > 1 && Parses(_lines[0]))
        {
            _lines.ForEach(Convert);
        }
        else if (_lines.Count > 0)
        {
            Convert(string.Join(Environment.NewLine, _lines));
        }
    }

    private bool Parses(string text)
    {
        try
        {
            Read(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Convert(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        try
        {
            WriteObject(Read(text), !NoEnumerate);
        }
        catch (JsonException exception)
        {
            var failure = new ArgumentException(
                $"Conversion from JSON failed with error: {exception.Message}", exception);
            ThrowTerminatingError(new ErrorRecord(
                failure, typeof(ArgumentException).FullName, ErrorCategory.NotSpecified, null));
        }
    }

    private object? Read(string text)
    {
        using var reader = new JsonTextReader(new StringReader(text))
        {
            MaxDepth = Depth,
            FloatParseHandling = FloatParseHandling.Double,
            DateParseHandling = DateKind switch
            {
                JsonDateKind.String => DateParseHandling.None,
                JsonDateKind.Offset => DateParseHandling.DateTimeOffset,
                _ => DateParseHandling.DateTime,
            },
            DateTimeZoneHandling = DateKind switch
            {
                JsonDateKind.Utc => DateTimeZoneHandling.Utc,
                JsonDateKind.Local => DateTimeZoneHandling.Local,
                _ => DateTimeZoneHandling.RoundtripKind,
            },
        };
        Advance(reader);
        var value = ReadValue(reader);
        while (reader.Read())
        {
            if (reader.TokenType != JsonToken.Comment)
            {
                throw new JsonReaderException($"Additional text found after the JSON value. Path '{reader.Path}', "
                    + $"line {reader.LineNumber}, position {reader.LinePosition}.");
            }
        }

        return value;
    }

    private static void Advance(JsonTextReader reader)
    {
        do
        {
            if (!reader.Read())
            {
                throw new JsonReaderException($"Unexpected end of the JSON text. Path '{reader.Path}', "
                    + $"line {reader.LineNumber}, position {reader.LinePosition}.");
            }
        }
        while (reader.TokenType == JsonToken.Comment);
    }

    private object? ReadValue(JsonTextReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonToken.StartObject:
                return AsHashtable ? ReadTable(reader) : ReadObject(reader);
            case JsonToken.StartArray:
                var items = new List<object?>();
                for (Advance(reader); reader.TokenType != JsonToken.EndArray; Advance(reader))
                {
                    items.Add(ReadValue(reader));
                }

                return items.ToArray();
            default:
                return reader.Value;
        }
    }

    private OrderedHashtable ReadTable(JsonTextReader reader)
    {
        var table = new OrderedHashtable();
        for (Advance(reader); reader.TokenType != JsonToken.EndObject; Advance(reader))
        {
            var name = (string)reader.Value!;
            Advance(reader);
            table[name] = ReadValue(reader);
        }

        return table;
    }

    private PSObject ReadObject(JsonTextReader reader)
    {
        var result = new PSObject();
        for (Advance(reader); reader.TokenType != JsonToken.EndObject; Advance(reader))
        {
            var name = (string)reader.Value!;
            if (name.Length == 0)
            {
                Refuse("The provided JSON includes a property whose name is an empty string, this is only supported "
                    + "using the -AsHashTable switch.", "EmptyKeyInJsonString");
            }

            var earlier = result.Properties[name];
            Advance(reader);
            var value = ReadValue(reader);
            if (earlier is null)
            {
                result.Properties.Add(new PSNoteProperty(name, value));
            }
            else if (earlier.Name == name)
            {
                earlier.Value = value;
            }
            else
            {
                Refuse("Cannot convert the JSON string because it contains keys with different casing. Please use the "
                    + $"-AsHashTable switch instead. The key that was attempted to be added to the existing key "
                    + $"'{earlier.Name}' was '{name}'.", "KeysWithDifferentCasingInJsonString");
            }
        }

        return result;
    }

    private void Refuse(string message, string id) => ThrowTerminatingError(
        new ErrorRecord(new InvalidOperationException(message), id, ErrorCategory.InvalidOperation, null));
}
