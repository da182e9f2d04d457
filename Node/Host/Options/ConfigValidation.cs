using System.Net;
using RaftKv.Api.Clusters;
using RaftKv.Node.Observability;

namespace RaftKv.Node.Options;

/// <summary>
/// Finds everything that is wrong with a config at once, each fault in words that name the property, what it is, and
/// what it may be, so that people correct their file in one go.
/// </summary>
internal static class ConfigValidation
{
    /// <summary>The largest value that can be allowed.</summary>
    public const int MaxValueBytesLimit = 32 * 1024 * 1024;

    /// <summary>The shortest chaos token: shorter ones can be guessed.</summary>
    public const int MinTokenLength = 16;

    /// <summary>All faults; empty when there is none.</summary>
    public static IReadOnlyList<string> Validate(ServerConfig config)
    {
        var faults = new List<string>();
        ValidateIdentity(config, faults);
        ValidateMembers(config, faults);
        ValidateListening(config, faults);
        if (config.Options is null)
        {
            faults.Add("options is null: leave it out for the defaults.");
        }
        else
        {
            ValidateOptions(config, config.Options, faults);
        }

        return faults;
    }

    private static void ValidateIdentity(ServerConfig config, List<string> faults)
    {
        if (!Guid.TryParseExact(config.ClusterId, "N", out _))
        {
            faults.Add($"clusterId is '{config.ClusterId}': it must be a GUID in 32 hexadecimal digits.");
        }

        if (config.Id < 1)
        {
            faults.Add($"id is {config.Id}: server ids start at 1.");
        }

        if (string.IsNullOrWhiteSpace(config.Name))
        {
            faults.Add("name is empty: give this server a name, for example n1.");
        }

        if (string.IsNullOrWhiteSpace(config.DataPath))
        {
            faults.Add("dataPath is empty: name the directory for this server's data.");
        }

        if (config.ChaosToken is { Length: < MinTokenLength })
        {
            faults.Add($"chaosToken has {config.ChaosToken.Length} characters: use at least {MinTokenLength} random ones, or leave it out to keep chaos off.");
        }
    }

    private static void ValidateMembers(ServerConfig config, List<string> faults)
    {
        if (config.Members is not { Count: > 0 })
        {
            faults.Add("members is empty: list all servers, this one included.");
            return;
        }

        if (config.Members.All(m => m.Id != config.Id))
        {
            faults.Add($"members does not list this server, id {config.Id}: list all servers, this one included.");
        }

        foreach (var twice in config.Members.GroupBy(m => m.Id).Where(g => g.Count() > 1))
        {
            faults.Add($"members lists id {twice.Key} {twice.Count()} times: ids are unique.");
        }

        foreach (var twice in config.Members.Where(m => m.Endpoint is not null).GroupBy(m => m.Endpoint).Where(g => g.Count() > 1))
        {
            faults.Add($"members gives endpoint {twice.Key} to {string.Join(" and ", twice.Select(m => m.Name))}: endpoints are unique.");
        }

        foreach (var member in config.Members)
        {
            if (member.Id < 1)
            {
                faults.Add($"members lists id {member.Id}: server ids start at 1.");
            }

            if (member.Endpoint is not { IsAbsoluteUri: true } || member.Endpoint.Scheme != Uri.UriSchemeHttp)
            {
                faults.Add($"members: the endpoint of id {member.Id} is '{member.Endpoint}': use http://HOST:PORT.");
            }
        }
    }

    private static void ValidateListening(ServerConfig config, List<string> faults)
    {
        if (config.Port is < 1 or > 65535)
        {
            faults.Add($"port is {config.Port}: choose 1 to 65535.");
        }

        if (!IPAddress.TryParse(config.ListenAddress, out var address))
        {
            faults.Add($"listenAddress is '{config.ListenAddress}': it must be an IP address, for example 127.0.0.1.");
        }
        else if (!IPAddress.IsLoopback(address) && !config.AllowInsecure)
        {
            faults.Add($"listenAddress is {address}, which others can reach, and traffic is plain text: set allowInsecure if the network is trusted, or use 127.0.0.1.");
        }
    }

    private static void ValidateOptions(ServerConfig config, ServerOptions options, List<string> faults)
    {
        (string Name, double Value)[] times =
        [
            ("heartbeatIntervalMs", options.HeartbeatIntervalMs),
            ("electionTimeoutLowerMs", options.ElectionTimeoutLowerMs),
            ("electionTimeoutUpperMs", options.ElectionTimeoutUpperMs),
            ("rpcTimeoutMs", options.RpcTimeoutMs),
        ];
        var timesAreNumbers = true;
        foreach (var (name, value) in times)
        {
            if (!double.IsFinite(value) || value is < 0 or > 1e9)
            {
                timesAreNumbers = false;
                faults.Add($"options.{name} is {value}: choose milliseconds up to 1,000,000,000.");
            }
        }

        if (options.MaxValueBytes is < 1 or > MaxValueBytesLimit)
        {
            faults.Add($"options.maxValueBytes is {options.MaxValueBytes}: choose 1 to {MaxValueBytesLimit}.");
        }

        if (options.MaxSessions < 1)
        {
            faults.Add($"options.maxSessions is {options.MaxSessions}: choose at least 1.");
        }

        if (options.MaxInputsPerTurn < 1)
        {
            faults.Add($"options.maxInputsPerTurn is {options.MaxInputsPerTurn}: choose at least 1.");
        }

        ValidateSnapshots(options, faults);
        if (options.MaxConcurrentRequests < 1)
        {
            faults.Add($"options.maxConcurrentRequests is {options.MaxConcurrentRequests}: choose at least 1.");
        }

        if (options.MaxTextLogBytes is < TextLogFile.LeastMaxBytes or > TextLogFile.MostMaxBytes)
        {
            faults.Add($"options.maxTextLogBytes is {options.MaxTextLogBytes}: choose {TextLogFile.LeastMaxBytes} to {TextLogFile.MostMaxBytes}.");
        }

        if (options.Storage is not ("Wal" or "Json"))
        {
            faults.Add($"options.storage is '{options.Storage}': choose Wal, or Json for the published evaluation's log.");
        }

        if (timesAreNumbers && config.Members is { Count: > 0 } && config.Id > 0)
        {
            faults.AddRange(ConsensusOptions.From(config, seed: 0).Validate().Select(f => "options." + char.ToLowerInvariant(f[0]) + f[1..]));
        }
    }

    private static void ValidateSnapshots(ServerOptions options, List<string> faults)
    {
        if (options.SnapshotThresholdEntries < 0)
        {
            faults.Add($"options.snapshotThresholdEntries is {options.SnapshotThresholdEntries}: choose a number of entries, or 0 for not counting them.");
        }

        if (options.SnapshotThresholdBytes < 0)
        {
            faults.Add($"options.snapshotThresholdBytes is {options.SnapshotThresholdBytes}: choose a number of bytes, or 0 for not counting them.");
        }

        if (options.SnapshotChunkBytes is < 1024 or > 1024 * 1024)
        {
            faults.Add($"options.snapshotChunkBytes is {options.SnapshotChunkBytes}: choose 1024 to 1048576.");
        }

        if (options.SnapshotWindowBytes < options.SnapshotChunkBytes)
        {
            faults.Add($"options.snapshotWindowBytes is {options.SnapshotWindowBytes}: choose at least snapshotChunkBytes ({options.SnapshotChunkBytes}).");
        }
    }
}
