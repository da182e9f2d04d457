using System.Globalization;
using System.Reflection;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>
/// What a launch comes to: what was asked for, and for the rest what a stopped cluster had, or for a new one the defaults.
/// </summary>
internal sealed record LaunchPlan
{
    private const int UsualServerCount = 5;

    public required int ServerCount { get; init; }

    public required string Preset { get; init; }

    public required ServerOptions Options { get; init; }

    public required bool Chaos { get; init; }

    public required bool LoseUnsyncedOnKill { get; init; }

    /// <summary>How a stopped cluster will differ from what it was, a phrase each; empty for a new one.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>Settles a launch.</summary>
    /// <param name="asked">What was asked for.</param>
    /// <param name="name">The cluster's name, for messages.</param>
    /// <param name="kept">The stopped cluster that is started again, or null.</param>
    /// <exception cref="RaftKvException">InvalidArgument: it cannot be, or not with the data that is there.</exception>
    public static LaunchPlan Of(LaunchOptions asked, string name, ClusterSpec? kept)
    {
        var options = asked.Options ?? (asked.Preset is { } preset ? ServerOptions.OfPreset(preset) : kept?.Options ?? new ServerOptions());
        var plan = new LaunchPlan
        {
            ServerCount = asked.ServerCount ?? kept?.Servers.Count ?? UsualServerCount,
            Preset = asked.Preset ?? kept?.Preset ?? "Default",
            Options = asked.Change is { } change ? change(options) : options,
            Chaos = asked.Chaos ?? (kept is null || kept.ChaosToken is not null),
            LoseUnsyncedOnKill = asked.LoseUnsyncedOnKill ?? kept?.LoseUnsyncedOnKill ?? false,
        };
        if (asked.Agents.Count > 0 && plan.ServerCount > asked.Agents.Count * asked.ServersPerAgent)
        {
            throw new RaftKvException(
                ErrorKind.InvalidArgument,
                $"No cluster was started: {plan.ServerCount} servers do not fit on {asked.Agents.Count} agents with {asked.ServersPerAgent} each.");
        }

        if (kept is null)
        {
            return plan;
        }

        plan.RequireWhatIsKept(name, kept);
        return plan with { Changes = [.. plan.ChangesOf(kept, asked.DataPath)] };
    }

    /// <summary>What decides how the data is kept cannot be changed by a start: it would begin empty beside the data.</summary>
    private void RequireWhatIsKept(string name, ClusterSpec kept)
    {
        if (ServerCount != kept.Servers.Count)
        {
            throw new RaftKvException(
                ErrorKind.InvalidArgument,
                $"The stopped cluster '{name}' has {kept.Servers.Count} servers, not {ServerCount}, and a start does not change who belongs to it. "
                + "Leave -ServerCount out; Add-RaftMember and Remove-RaftMember change how many it has while it runs.");
        }

        if (Options.Storage != kept.Options.Storage)
        {
            throw new RaftKvException(
                ErrorKind.InvalidArgument,
                $"The stopped cluster '{name}' keeps its data with the storage '{kept.Options.Storage}' (preset {kept.Preset}), and '{Options.Storage}' "
                + $"(preset {Preset}) would begin empty beside it. Nothing was started. 'Start-RaftCluster {name}' alone starts it as it was. For "
                + $"'{Options.Storage}' start a cluster of another name with another -DataPath, or remove this one with its data first (Remove-RaftCluster).");
        }
    }

    private IEnumerable<string> ChangesOf(ClusterSpec kept, string? dataPath)
    {
        if (Preset != kept.Preset)
        {
            yield return $"preset {Preset} (was {kept.Preset})";
        }

        foreach (var property in typeof(ServerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var (now, before) = (property.GetValue(Options), property.GetValue(kept.Options));
            if (!Equals(now, before))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{property.Name} {now} (was {before})");
            }
        }

        if (LoseUnsyncedOnKill != kept.LoseUnsyncedOnKill)
        {
            yield return $"{nameof(LoseUnsyncedOnKill)} {LoseUnsyncedOnKill} (was {kept.LoseUnsyncedOnKill})";
        }

        if (Chaos != (kept.ChaosToken is not null))
        {
            yield return Chaos ? "chaos on (was off)" : "chaos off (was on)";
        }

        if (dataPath is not null && kept.DataPath is { } place && Path.GetFullPath(dataPath) != Path.GetFullPath(place))
        {
            yield return $"data in {Path.GetFullPath(dataPath)} (was {place})";
        }
    }
}
