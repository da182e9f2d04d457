using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>
/// One element of a <c>-Property</c> argument: a name with wildcards, a script block, or a hashtable with a label and an
/// expression. A key that the command does not know is an error.
/// </summary>
internal sealed class PropertySpecification
{
    private PropertySpecification(string? label, PSPropertyExpression expression, IDictionary? options)
    {
        Label = label;
        Expression = expression;
        Options = options;
    }

    internal string? Label { get; }

    internal PSPropertyExpression Expression { get; }

    internal IDictionary? Options { get; }

    internal static List<PropertySpecification> Parse(
        PSCmdlet command, IEnumerable<object?> values, params string[] optionKeys)
    {
        return [.. values.Select(value => ParseOne(command, value, optionKeys))];
    }

    internal bool? Flag(string key)
    {
        var found = Options?.Keys.Cast<object>()
            .FirstOrDefault(candidate => Abbreviates(candidate.ToString() ?? string.Empty, key));
        return found is null ? null : LanguagePrimitives.IsTrue(Options![found]);
    }

    /// <summary>The first value of the expression for an object; null where it has none or fails.</summary>
    internal object? Value(PSObject target, out bool exists)
    {
        var results = Expression.GetValues(target, expand: true, eatExceptions: true);
        exists = results.Count > 0 && results[0].Exception is null;
        return exists ? results[0].Result : null;
    }

    private static bool Abbreviates(string text, string key) =>
        text.Length > 0 && key.StartsWith(text, StringComparison.OrdinalIgnoreCase);

    private static PropertySpecification ParseOne(PSCmdlet command, object? value, string[] optionKeys)
    {
        var bare = value is PSObject wrapped ? wrapped.BaseObject : value;
        switch (bare)
        {
            case PSPropertyExpression expression:
                return new PropertySpecification(null, expression, null);
            case ScriptBlock script:
                return new PropertySpecification(null, new PSPropertyExpression(script), null);
            case IDictionary table:
                return ParseTable(command, table, optionKeys);
            case null:
                throw Invalid(command, "A property must not be null.", "NullArgument");
            default:
                return new PropertySpecification(
                    null, new PSPropertyExpression(Convert.ToString(bare, CultureInfo.InvariantCulture)!), null);
        }
    }

    private static PropertySpecification ParseTable(PSCmdlet command, IDictionary table, string[] optionKeys)
    {
        string? label = null;
        PSPropertyExpression? expression = null;
        foreach (DictionaryEntry entry in table)
        {
            var key = entry.Key.ToString() ?? string.Empty;
            var given = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value;
            if (Abbreviates(key, "Name") || Abbreviates(key, "Label"))
            {
                label = given?.ToString();
            }
            else if (Abbreviates(key, "Expression"))
            {
                expression = given is ScriptBlock script
                    ? new PSPropertyExpression(script)
                    : new PSPropertyExpression(given?.ToString() ?? string.Empty);
            }
            else if (!optionKeys.Any(option => Abbreviates(key, option)))
            {
                throw Invalid(command, $"The key '{key}' is not valid.", "DictionaryKeyIllegal");
            }
        }

        if (expression is null)
        {
            throw Invalid(command, "A mandatory Expression entry is missing.", "DictionaryKeyMandatoryEntry");
        }

        return new PropertySpecification(label, expression, table);
    }

    private static NotSupportedException Invalid(PSCmdlet command, string message, string id)
    {
        var exception = new NotSupportedException();
        command.ThrowTerminatingError(new ErrorRecord(exception, id, ErrorCategory.InvalidArgument, null)
        {
            ErrorDetails = new ErrorDetails(message),
        });
        return exception;
    }
}

/// <summary>Orders values as the language does, and by their text where they cannot be compared.</summary>
internal sealed class ValueComparer(bool ignoreCase, CultureInfo culture)
{
    internal int Compare(object? first, object? second)
    {
        if (first is null || second is null)
        {
            return (first is null ? 0 : 1) - (second is null ? 0 : 1);
        }

        if (Bare(first) is IComparable || Bare(second) is IComparable)
        {
            if (LanguagePrimitives.TryCompare(first, second, ignoreCase, culture, out var order))
            {
                return order;
            }
        }

        var options = ignoreCase ? CompareOptions.IgnoreCase : CompareOptions.None;
        return culture.CompareInfo.Compare(
            PSObject.AsPSObject(first).ToString(), PSObject.AsPSObject(second).ToString(), options);
    }

    internal bool AreEqual(object? first, object? second) => Compare(first, second) == 0;

    private static object Bare(object value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
