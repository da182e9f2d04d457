using System.Text.Json;

namespace RaftKv.Api.Clusters;

/// <summary>Single values: each notes its own fault, with the place where a person finds it.</summary>
internal sealed partial class ClusterFileReader
{
    private bool IsObject(JsonElement element, string place, string[]? known)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            _faults.Add($"{place.TrimEnd('.')} must be an object");
            return false;
        }

        if (known is not null)
        {
            foreach (var property in element.EnumerateObject())
            {
                if (!known.Contains(property.Name))
                {
                    _faults.Add($"'{place}{property.Name}' is not a property of cluster files");
                }
            }
        }

        return true;
    }

    private string? Text(JsonElement element, string property, string place)
    {
        if (element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        _faults.Add($"{place}{property} is missing or no text");
        return null;
    }

    private string? TextOrNull(JsonElement top, string property)
    {
        if (!top.TryGetProperty(property, out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.String)
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }

        _faults.Add($"{property} must be a string or null");
        return null;
    }

    private bool Flag(JsonElement element, string property, string place)
    {
        if (element.TryGetProperty(property, out var value) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            _faults.Add($"{place}{property} must be true or false");
        }

        return value.ValueKind == JsonValueKind.True;
    }

    private int Integer(JsonElement element, string property, string place, int absent)
    {
        if (!element.TryGetProperty(property, out var value))
        {
            return absent;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number))
        {
            _faults.Add($"{place}{property} must be a whole number");
            return absent;
        }

        return number;
    }

    private ulong Incarnation(JsonElement element, string place)
    {
        if (!element.TryGetProperty("incarnation", out var value))
        {
            return 0;
        }

        if (value.ValueKind != JsonValueKind.String || !IncarnationConverter.TryParse(value.GetString(), out var incarnation))
        {
            _faults.Add($"{place}incarnation must be a text of 16 hexadecimal digits");
            return 0;
        }

        return incarnation;
    }

    private DateTimeOffset ReadTime(JsonElement top)
    {
        if (!top.TryGetProperty("createdUtc", out var value))
        {
            return default;
        }

        if (value.ValueKind != JsonValueKind.String || !value.TryGetDateTimeOffset(out var time))
        {
            _faults.Add("createdUtc must be a time like 2026-01-31T12:00:00Z");
            return default;
        }

        return time;
    }

    private Uri? Endpoint(JsonElement element, string place)
    {
        if (Text(element, "endpoint", place) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.Port > 0)
        {
            return uri;
        }

        _faults.Add($"{place}endpoint '{text}' must be an http or https address with a port");
        return null;
    }
}
