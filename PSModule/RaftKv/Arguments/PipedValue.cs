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
            return new PipedValue(value.Value, null, NamesItsValue: true);
        }

        return (piped.Properties["LiteralPath"] ?? piped.Properties["PSPath"])?.Value is string path
            ? new PipedValue(null, path, NamesItsValue: true)
            : new PipedValue(piped.BaseObject, null, NamesItsValue: false);
    }
}
