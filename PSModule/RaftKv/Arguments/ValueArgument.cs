using System.Collections;
using System.Management.Automation;
using System.Text;

namespace RaftKv.Arguments;

/// <summary>What <c>-Value</c> takes: text or bytes, and nothing that would have to be guessed at.</summary>
internal static class ValueArgument
{
    /// <summary>The bytes of an argument, or null with the reason why there are none.</summary>
    public static byte[]? ToBytes(object? argument, out string reason)
    {
        reason = "";
        object? value = argument is PSObject wrapped ? wrapped.BaseObject : argument;
        switch (value)
        {
            case string text:
                return Encoding.UTF8.GetBytes(text);
            case byte[] bytes:
                return bytes;
            case ArraySegment<byte> segment:
                return [.. segment];
            case IEnumerable list when list.Cast<object?>().All(IsByte):
                return [.. list.Cast<object?>().Select(element => (byte)(element is PSObject inner ? inner.BaseObject : element)!)];
            case null:
                reason = "There is no value. Give an empty string for an empty value.";
                return null;
            case bool or char or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal:
                reason = $"A value is a string or a byte array, not of type {value.GetType().Name}. Write it in quotes: '{value}'. "
                    + "Objects become text with ConvertTo-Json -Compress.";
                return null;
            default:
                reason = $"A value is a string or a byte array, not of type {value.GetType().Name}. "
                    + "Turn an object into text first, for example with ConvertTo-Json -Compress.";
                return null;
        }
    }

    private static bool IsByte(object? element) => (element is PSObject wrapped ? wrapped.BaseObject : element) is byte;
}
