using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace RaftKv.Shell.Pester;

/// <summary>How values appear in the messages of failed assertions.</summary>
internal static class ValueText
{
    private static readonly Dictionary<Type, string> ShortNames = new()
    {
        [typeof(string)] = "string",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(decimal)] = "decimal",
        [typeof(float)] = "float",
        [typeof(DateTime)] = "datetime",
        [typeof(Guid)] = "guid",
        [typeof(object)] = "Object",
        [typeof(Hashtable)] = "hashtable",
        [typeof(TimeSpan)] = "timespan",
    };

    /// <summary>The elements of a collection; null for what counts as one value, such as text and tables.</summary>
    internal static List<object?>? Elements(object? value) =>
        value is string or IDictionary or null ? null
        : LanguagePrimitives.GetEnumerable(value) is { } many ? [.. many.Cast<object?>()] : null;

    internal static string TypeName(Type type) => $"[{ShortNames.GetValueOrDefault(type) ?? type.ToString()}]";

    internal static string Of(object? value)
    {
        var bare = ShouldOperators.Bare(value);
        return bare switch
        {
            null => "$null",
            string text => $"'{text}'",
            bool truth => truth ? "$true" : "$false",
            DateTime time => time.ToString("o", CultureInfo.InvariantCulture),
            DateTimeOffset time => time.ToString("o", CultureInfo.InvariantCulture),
            Type type => TypeName(type),
            ScriptBlock block => $"{{{block}}}",
            _ when Elements(bare) is { } many => $"@({string.Join(", ", many.Select(Of))})",
            _ => LanguagePrimitives.ConvertTo<string>(value),
        };
    }

    /// <summary>Says how two texts differ, with a mark under the first difference.</summary>
    internal static string Difference(string expected, string actual, string because, bool ignoreCase)
    {
        const int context = 20;
        var at = 0;
        var comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        while (at < expected.Length && at < actual.Length
            && string.Equals(expected.Substring(at, 1), actual.Substring(at, 1), comparison))
        {
            at++;
        }

        var lengths = expected.Length == actual.Length
            ? $"String lengths are both {expected.Length}."
            : $"Expected length: {expected.Length}\nActual length:   {actual.Length}";
        var from = Math.Max(at - context, 0);
        var lead = from > 0 ? "..." : string.Empty;
        string Part(string text) => lead + text[Math.Min(from, text.Length)..];
        var left = Escaped(Part(expected));
        var right = Escaped(Part(actual));
        var mark = Escaped(lead + expected[from..at]).Length;
        return $"Expected strings to be the same,{because} but they were different.\n{lengths}\n"
            + $"Strings differ at index {at}.\nExpected: '{left}'\nBut was:  '{right}'\n{new string(' ', 11)}{new string('-', mark)}^";
    }

    private static string Escaped(string text) =>
        text.Replace("\r", "\\r").Replace("\n", "\\n").Replace("\t", "\\t").Replace("\0", "\\0");
}
