using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using RaftKv.Api.Clusters;

namespace RaftKv.Arguments;

/// <summary>
/// Turns the hashtable of <c>-Option</c> into the options of servers. Validated as a whole: a reader learns of every
/// fault at once.
/// </summary>
internal static class OptionTable
{
    /// <summary>An option of the launch rather than of a server's behaviour, and yet something that people set the same way.</summary>
    public const string LoseUnsyncedOnKill = "LoseUnsyncedOnKill";

    /// <summary>The names that can be set.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Settable().Select(property => property.Name).Append(LoseUnsyncedOnKill).Order(StringComparer.Ordinal)];

    /// <summary>What may be said of each option: unit and range, in the order of the source.</summary>
    public static IReadOnlyList<(string Name, OptionAttribute Option)> All { get; } =
    [
        .. typeof(RaftOptionSet).GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Select(property => (property.Name, Option: property.GetCustomAttribute<OptionAttribute>()!)).Where(found => found.Option is not null),
    ];

    /// <summary>The value of an option by its name.</summary>
    public static object? ValueOf(ServerOptions options, bool loseUnsyncedOnKill, string name) =>
        name == LoseUnsyncedOnKill ? loseUnsyncedOnKill : typeof(ServerOptions).GetProperty(name)!.GetValue(options);

    /// <summary>The preset with the table's values in place of its own.</summary>
    /// <param name="preset">What holds where the table says nothing.</param>
    /// <param name="table">Names and values; null for none.</param>
    /// <param name="loseUnsyncedOnKill">Whether kills shall lose unflushed writes; null where the table does not say.</param>
    /// <returns>The options, and every fault that was found.</returns>
    public static (ServerOptions Options, IReadOnlyList<string> Faults) Apply(
        ServerOptions preset, IDictionary? table, out bool? loseUnsyncedOnKill)
    {
        loseUnsyncedOnKill = null;
        List<string> faults = [];
        ServerOptions options = preset with { };
        foreach (DictionaryEntry entry in table ?? new Hashtable())
        {
            string name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            if (string.Equals(name, LoseUnsyncedOnKill, StringComparison.OrdinalIgnoreCase))
            {
                loseUnsyncedOnKill = Converted(name, entry.Value, typeof(bool), faults) is true;
                continue;
            }

            PropertyInfo? property = Settable().FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                faults.Add($"There is no option '{name}'. Options are: {string.Join(", ", Names)}. Get-RaftOption tells what each means.");
            }
            else if (Converted(property.Name, entry.Value, property.PropertyType, faults) is { } value)
            {
                property.SetValue(options, value);
            }
        }

        if (faults.Count == 0)
        {
            faults.AddRange(options.Faults());
        }

        return (options, faults);
    }

    private static IEnumerable<PropertyInfo> Settable() =>
        typeof(ServerOptions).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.SetMethod is not null);

    private static object? Converted(string name, object? value, Type type, List<string> faults)
    {
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        bool numberForSwitch = type == typeof(bool) && plain is not bool;
        if (plain is not null && !numberForSwitch && ExactNumber.TryConvert(plain, type, out object? converted))
        {
            return converted;
        }

        string wanted = type == typeof(bool) ? "$true or $false" : type == typeof(string) ? "text" : type == typeof(double) ? "a number" : "a whole number";
        faults.Add($"Option '{name}' takes {wanted}, not '{plain ?? "$null"}'.");
        return null;
    }
}
