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

    /// <summary>The presets by name.</summary>
    public static ServerOptions Preset(string name) =>
        string.Equals(name, "Paper2019", StringComparison.OrdinalIgnoreCase) ? ServerOptions.Paper2019 : ServerOptions.Default;

    /// <summary>The names that can be set.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Settable().Select(property => property.Name).Append(LoseUnsyncedOnKill).Order(StringComparer.Ordinal)];

    /// <summary>The preset with the table's values in place of its own.</summary>
    /// <param name="preset">What holds where the table says nothing.</param>
    /// <param name="table">Names and values; null for none.</param>
    /// <param name="loseUnsyncedOnKill">Whether kills shall lose unflushed writes.</param>
    /// <returns>The options, and every fault that was found.</returns>
    public static (ServerOptions Options, IReadOnlyList<string> Faults) Apply(
        ServerOptions preset, IDictionary? table, out bool loseUnsyncedOnKill)
    {
        loseUnsyncedOnKill = false;
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
                faults.Add($"There is no option '{name}'. Options are: {string.Join(", ", Names)}.");
            }
            else if (Converted(property.Name, entry.Value, property.PropertyType, faults) is { } value)
            {
                property.SetValue(options, value);
            }
        }

        if (faults.Count == 0)
        {
            faults.AddRange(Check(options));
        }

        return (options, faults);
    }

    /// <summary>What single values and their interplay must satisfy, whoever set them.</summary>
    internal static IEnumerable<string> Check(ServerOptions options)
    {
        List<string> faults = [];
        Need(options.HeartbeatIntervalMs > 0, $"HeartbeatIntervalMs is {options.HeartbeatIntervalMs}: choose more than 0.");
        Need(options.ElectionTimeoutLowerMs is >= 10 and <= 60_000, $"ElectionTimeoutLowerMs is {options.ElectionTimeoutLowerMs}: choose 10 to 60,000.");
        Need(
            options.ElectionTimeoutUpperMs >= options.ElectionTimeoutLowerMs,
            $"ElectionTimeoutUpperMs ({options.ElectionTimeoutUpperMs}) is below ElectionTimeoutLowerMs ({options.ElectionTimeoutLowerMs}).");
        Need(
            options.HeartbeatIntervalMs < options.ElectionTimeoutLowerMs,
            $"HeartbeatIntervalMs ({options.HeartbeatIntervalMs}) is not below ElectionTimeoutLowerMs ({options.ElectionTimeoutLowerMs}): followers would campaign between heartbeats.");
        Need(options.RpcTimeoutMs > 0, $"RpcTimeoutMs is {options.RpcTimeoutMs}: choose more than 0.");
        Need(options.MaxInflightAppends >= 1, $"MaxInflightAppends is {options.MaxInflightAppends}: choose at least 1.");
        Need(options.MaxInflightBytes >= 1, $"MaxInflightBytes is {options.MaxInflightBytes}: choose at least 1.");
        Need(options.MaxAppendBytes >= 1024, $"MaxAppendBytes is {options.MaxAppendBytes}: choose at least 1,024.");
        Need(options.Storage is "Wal" or "Json", $"Storage is '{options.Storage}': choose Wal or Json.");
        Need(options.MaxValueBytes is >= 1 and <= 32 * 1024 * 1024, $"MaxValueBytes is {options.MaxValueBytes}: choose 1 to 33,554,432.");
        Need(options.MaxSessions >= 1, $"MaxSessions is {options.MaxSessions}: choose at least 1.");
        Need(options.MaxInputsPerTurn >= 1, $"MaxInputsPerTurn is {options.MaxInputsPerTurn}: choose at least 1.");
        Need(options.MaxInflightBytes >= options.MaxAppendBytes, $"MaxInflightBytes ({options.MaxInflightBytes}) is below MaxAppendBytes ({options.MaxAppendBytes}).");
        Need(options.SnapshotThresholdEntries >= 0, $"SnapshotThresholdEntries is {options.SnapshotThresholdEntries}: choose 0 or more.");
        Need(options.SnapshotThresholdBytes >= 0, $"SnapshotThresholdBytes is {options.SnapshotThresholdBytes}: choose 0 or more.");
        Need(options.SnapshotTrailingEntries >= 0, $"SnapshotTrailingEntries is {options.SnapshotTrailingEntries}: choose 0 or more.");
        Need(options.SnapshotTrailingBytes >= 0, $"SnapshotTrailingBytes is {options.SnapshotTrailingBytes}: choose 0 or more.");
        Need(options.MaxHeldLogBytes >= 0, $"MaxHeldLogBytes is {options.MaxHeldLogBytes}: choose 0 or more.");
        Need(options.MaxTextLogBytes is >= 65_536 and <= 1_073_741_824, $"MaxTextLogBytes is {options.MaxTextLogBytes}: choose 65,536 to 1,073,741,824.");
        Need(options.SnapshotChunkBytes is >= 1024 and <= 1024 * 1024, $"SnapshotChunkBytes is {options.SnapshotChunkBytes}: choose 1,024 to 1,048,576.");
        Need(options.SnapshotWindowBytes >= options.SnapshotChunkBytes, $"SnapshotWindowBytes ({options.SnapshotWindowBytes}) is below SnapshotChunkBytes ({options.SnapshotChunkBytes}).");
        Need(options.MaxConcurrentRequests >= 1, $"MaxConcurrentRequests is {options.MaxConcurrentRequests}: choose at least 1.");
        return faults;

        void Need(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }

    private static IEnumerable<PropertyInfo> Settable() =>
        typeof(ServerOptions).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.SetMethod is not null);

    private static object? Converted(string name, object? value, Type type, List<string> faults)
    {
        object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
        bool numberForSwitch = type == typeof(bool) && plain is not bool;
        if (plain is not null && !numberForSwitch && LanguagePrimitives.TryConvertTo(plain, type, CultureInfo.InvariantCulture, out object? converted))
        {
            return converted;
        }

        string wanted = type == typeof(bool) ? "$true or $false" : type == typeof(string) ? "text" : "a number";
        faults.Add($"Option '{name}' takes {wanted}, not '{plain ?? "$null"}'.");
        return null;
    }
}
