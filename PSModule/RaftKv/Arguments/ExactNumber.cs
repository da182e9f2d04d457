using System.Globalization;
using System.Management.Automation;

namespace RaftKv.Arguments;

/// <summary>
/// Converts as PowerShell does where that changes nothing. PowerShell itself rounds to whole numbers and takes a comma for
/// something between thousands, so that 1,5 of another language becomes 15.
/// </summary>
internal static class ExactNumber
{
    /// <summary>Converts a value, unless that were not exact.</summary>
    /// <param name="value">What was given.</param>
    /// <param name="type">What is needed.</param>
    /// <param name="converted">The same in that type.</param>
    public static bool TryConvert(object value, Type type, out object? converted)
    {
        converted = null;
        bool isNumber = type == typeof(int) || type == typeof(long) || type == typeof(double);
        if (isNumber && value is string text && text.Contains(',', StringComparison.Ordinal))
        {
            return false;
        }

        if (!LanguagePrimitives.TryConvertTo(value, type, CultureInfo.InvariantCulture, out converted))
        {
            return false;
        }

        return type == typeof(double) || !isNumber
            || (LanguagePrimitives.TryConvertTo(value, typeof(double), CultureInfo.InvariantCulture, out object? whole) && double.IsInteger((double)whole!));
    }
}
