using System.Net;
using RaftKv.Api.Clusters;

namespace RaftKv.Node.Options;

/// <summary>
/// Finds everything that is wrong with a config at once, each fault in words that name the property, what it is, and
/// what it may be, so that people correct their file in one go.
/// </summary>
internal static class ConfigValidation
{
    /// <summary>Times beyond this are faults by themselves, and not even numbers of clock ticks.</summary>
    private const double MaxTimeMs = 1e9;

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
        faults.AddRange(options.Faults().Select(Named));
        if (config.Members is { Count: > 0 } && config.Id > 0 && Times(options).All(time => Math.Abs(time) <= MaxTimeMs))
        {
            // What the core says of a single option stands there already.
            faults.AddRange(ConsensusOptions.From(config, seed: 0).Validate().Select(Named)
                .Where(fault => !faults.Exists(known => known.Split(' ')[0].StartsWith(fault.Split(' ')[0], StringComparison.Ordinal))));
        }
    }

    private static double[] Times(ServerOptions options) =>
        [options.HeartbeatIntervalMs, options.ElectionTimeoutLowerMs, options.ElectionTimeoutUpperMs, options.RpcTimeoutMs];

    /// <summary>A fault under the name that the option has in the file.</summary>
    private static string Named(string fault) => "options." + char.ToLowerInvariant(fault[0]) + fault[1..];
}
