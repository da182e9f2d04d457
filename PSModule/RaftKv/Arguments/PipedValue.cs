using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace RaftKv.Arguments;

/// <summary>What an object from the pipeline says that a key is to hold.</summary>
/// <param name="Value">The value; of no meaning where there is a file.</param>
/// <param name="FilePath">The file that holds it, as a PowerShell path, or null.</param>
/// <param name="NamesItsValue">Whether the object says by a property which part of it is the value.</param>
internal readonly record struct PipedValue(object? Value, string? FilePath, bool NamesItsValue)
{
    /// <summary>
    /// Reads an object. A string is a value even where PowerShell has tied to it the path of the file that it came from:
    /// Get-Content does so to each line.
    /// </summary>
    public static PipedValue Of(PSObject? piped)
    {
        switch (piped?.BaseObject)
        {
            case null:
                return new PipedValue(null, null, NamesItsValue: false);
            case RaftValue pair:
                return new PipedValue(pair.Bytes ?? (object?)pair.Value, null, NamesItsValue: true);
            case FileInfo file:
                return new PipedValue(null, piped.Properties["PSPath"]?.Value as string ?? file.FullName, NamesItsValue: false);
            case string or Array:
                return new PipedValue(piped.BaseObject, null, NamesItsValue: false);
        }

        if (piped.Properties["Value"] is { } value)
        {
            return new PipedValue(IsNothing(value.Value) && piped.Properties["Bytes"] is { } bytes ? BytesOf(bytes.Value) : value.Value, null, NamesItsValue: true);
        }

        return (piped.Properties["LiteralPath"] ?? piped.Properties["PSPath"])?.Value is string path
            ? new PipedValue(null, path, NamesItsValue: true)
            : new PipedValue(piped.BaseObject, null, NamesItsValue: false);
    }

    private static bool IsNothing(object? value) => ValueArgument.Unwrap(value) is null or "";

    /// <summary>
    /// The bytes of a pair that has no text, as it comes back from a file or another session. JSON makes numbers of them.
    /// CSV keeps none: what is left of them there is a word, which must not become an empty value in place of the stored one.
    /// </summary>
    private static object BytesOf(object? bytes) => ValueArgument.Unwrap(bytes) switch
    {
        byte[] whole => whole,
        IList list when list.Cast<object?>().All(element => ValueArgument.Unwrap(element) is byte or (int and >= 0 and <= 255) or (long and >= 0 and <= 255)) =>
            list.Cast<object?>().Select(element => Convert.ToByte(ValueArgument.Unwrap(element), CultureInfo.InvariantCulture)).ToArray(),
        _ => new LostBytes(),
    };
}

/// <summary>Bytes that were there and are not any more.</summary>
internal sealed record LostBytes;
