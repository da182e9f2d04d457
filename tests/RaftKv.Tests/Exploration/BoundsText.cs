using System.Globalization;
using System.Reflection;
using System.Text;
using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Exploration;

/// <summary>Bounds as words: <c>--slow-saves 2 --pre-vote false</c>, one for each of their properties.</summary>
internal static class BoundsText
{
    private static readonly PropertyInfo[] Properties =
        [.. typeof(Bounds).GetProperties().Where(p => p.CanWrite && (p.PropertyType == typeof(int) || p.PropertyType == typeof(bool) || p.PropertyType.IsEnum))];

    /// <summary>All words that change anything.</summary>
    public static string Of(Bounds bounds)
    {
        var usual = new Bounds();
        return string.Join(' ', Properties
            .Where(p => !Equals(p.GetValue(bounds), p.GetValue(usual)))
            .Select(p => $"--{Name(p)} {Word(p.GetValue(bounds)!)}"));
    }

    /// <summary>Reads them, on top of given ones.</summary>
    /// <exception cref="ArgumentException">A word names no bound, or its value is none; the message lists all.</exception>
    public static Bounds Parse(IReadOnlyList<string> words, Bounds? from = null)
    {
        var bounds = (from ?? new Bounds()) with { };
        for (var i = 0; i < words.Count; i += 2)
        {
            var property = Properties.FirstOrDefault(p => $"--{Name(p)}" == words[i])
                ?? throw new ArgumentException($"Unknown bound {words[i]}. There are: {string.Join(' ', Properties.Select(p => $"--{Name(p)}"))}.", nameof(words));
            var value = i + 1 < words.Count ? words[i + 1] : throw new ArgumentException($"{words[i]} needs a value.", nameof(words));
            property.SetValue(bounds, Value(property, value));
        }

        return bounds;
    }

    private static object Value(PropertyInfo property, string value)
    {
        if (property.PropertyType == typeof(int) && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        if (property.PropertyType == typeof(bool) && bool.TryParse(value, out var flag))
        {
            return flag;
        }

        return property.PropertyType.IsEnum && Enum.TryParse(typeof(CoreFault), value, ignoreCase: true, out var fault)
            ? fault
            : throw new ArgumentException($"--{Name(property)} cannot be '{value}'.", nameof(value));
    }

    private static string Word(object value) =>
        value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Name(PropertyInfo property)
    {
        var name = new StringBuilder();
        foreach (var letter in property.Name)
        {
            name.Append(char.IsUpper(letter) && name.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(letter));
        }

        return name.ToString();
    }
}
