using System.Collections;
using System.Globalization;
using System.Management.Automation;
using RaftKv.Api;

namespace RaftKv.Arguments;

/// <summary>What <c>-Value</c> takes: text or bytes, and nothing that would have to be guessed at.</summary>
internal static class ValueArgument
{
    /// <summary>The bytes of an argument, or null with the reason why there are none.</summary>
    public static byte[]? ToBytes(object? argument, out string reason)
    {
        reason = "";
        object? value = Unwrap(argument);
        switch (value)
        {
            case string text:
                byte[]? encoded = KeyText.TryEncode(text);
                reason = encoded is null
                    ? "The text holds half of a surrogate pair, which has no UTF-8. Bytes that are no text are given as a byte array, [byte[]](1, 2)."
                    : "";
                return encoded;
            case byte[] bytes when value.GetType() == typeof(byte[]):
                return bytes;
            case IList<byte> typed and not Array:
                return [.. typed];
            case IList { Count: > 0 } list when list.Cast<object?>().All(element => Unwrap(element) is byte):
                return [.. list.Cast<object?>().Select(element => (byte)Unwrap(element)!)];
            case null:
                reason = "There is no value. Give an empty string for an empty value.";
                return null;
            case LostBytes:
                reason = "Its Value is empty, and the property Bytes beside it holds no bytes any more: a CSV keeps none. Save pairs with Export-Clixml "
                    + "or ConvertTo-Json instead; if the value is to be empty, leave Bytes out (Select-Object Key, Value).";
                return null;
            case bool or char or byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal:
                reason = $"A value is a string or a byte array, not of type {value.GetType().Name}. "
                    + $"Write it in quotes: '{Convert.ToString(value, CultureInfo.InvariantCulture)}'. Objects become text with ConvertTo-Json -Compress.";
                return null;
            case IEnumerable:
                reason = $"A value is a string or a byte array, not of type {value.GetType().Name}. "
                    + "For an empty value give '' or [byte[]]@(); turn anything else into text first, for example with ConvertTo-Json -Compress or -join.";
                return null;
            default:
                reason = $"A value is a string or a byte array, not of type {value.GetType().Name}. "
                    + "Turn an object into text first, for example with ConvertTo-Json -Compress.";
                return null;
        }
    }

    /// <summary>The object itself, without PowerShell's wrapper.</summary>
    public static object? Unwrap(object? argument) => argument is PSObject wrapped ? wrapped.BaseObject : argument;
}
