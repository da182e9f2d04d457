using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RaftKv.Api.Clusters;

/// <summary>An incarnation in a file: 16 hexadecimal digits, as <c>raftkv-node init</c> prints it. As a number many readers would round it.</summary>
internal sealed class IncarnationConverter : JsonConverter<ulong>
{
    /// <inheritdoc/>
    public override ulong Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var incarnation)
            ? incarnation
            : throw new JsonException("An incarnation is a text of 16 hexadecimal digits, as 'raftkv-node init' prints it.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options) => writer.WriteStringValue(ToText(value));

    /// <summary>The text of an incarnation.</summary>
    public static string ToText(ulong incarnation) => incarnation.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Reads such a text.</summary>
    public static bool TryParse(string? text, out ulong incarnation)
    {
        incarnation = 0;
        return text is { Length: 16 } && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out incarnation);
    }
}
