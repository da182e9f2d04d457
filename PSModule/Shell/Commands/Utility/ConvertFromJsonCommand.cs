using System.Management.Automation;
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
