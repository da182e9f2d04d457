using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Arguments;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Gets the options of servers: meaning, unit, range, default, and the value in force.</summary>
/// <remarks>
/// <para>These are the names that -Option of Start-RaftCluster takes. Value is what the cluster was started with; without a cluster it is empty. With -Server each server's own configuration is read through its agent, which tells where one was given others by hand.</para>
/// <para>Default is the value in the cluster's preset, or in the one that -Preset names.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftOption</code>
/// Lists all options with the values of the current cluster.
/// </example>
/// <example>
/// <code>Get-RaftOption Snapshot* | Format-List Name, Value, Default, Unit, Range, Meaning</code>
/// Shows everything about the options whose names begin with Snapshot.
/// </example>
/// <example>
/// <code>Get-RaftOption | Where-Object { $_.Value -ne $_.Default }</code>
/// Shows in what the current cluster differs from its preset.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftOption")]
[OutputType(typeof(RaftOption))]
public sealed class GetRaftOptionCommand : ClusterCmdlet
{
    /// <summary>The options, with wildcards. Without it, all.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(OptionCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster, if there is one.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <summary>The servers whose own values to get: ids, names with wildcards, or server objects.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [SupportsWildcards]
    public RaftServerReference[]? Server { get; set; }

    /// <summary>The preset whose values are the defaults. Without it, that of the cluster, else Default.</summary>
    [Parameter]
    [ValidateSet("Default", "Paper2019")]
    public string? Preset { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Server is { Length: > 0 })
        {
            foreach (ServerTarget target in TargetServers(Server))
            {
                if (TryRun(target.Name, token => ReadConfigAsync(target, token), out ServerConfig config))
                {
                    Write(target.Cluster, target.Id, config.Options, config.LoseUnsyncedOnKill);
                }
            }
        }
        else if (Cluster is null && SessionTable.Here.Current is null && SessionTable.Here.Known.Count == 0)
        {
            Write(null, 0, null, false);
        }
        else
        {
            RaftCluster cluster = TargetCluster();
            Write(cluster, 0, cluster.Session.Spec.Options, cluster.Session.Spec.LoseUnsyncedOnKill);
        }
    }

    private static async Task<ServerConfig> ReadConfigAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        using MemoryStream file = new();
        await target.Cluster.Session.Client.AgentOf(target.Id).FetchFileAsync(target.Cluster.ClusterId, target.Id, "server.json", file, cancellationToken);
        return ServerConfig.Parse(file.ToArray());
    }

    private void Write(RaftCluster? cluster, int server, ServerOptions? values, bool loseUnsynced)
    {
        string preset = Preset ?? cluster?.Preset ?? "Default";
        ServerOptions defaults = ServerOptions.OfPreset(preset);
        foreach (string pattern in Name)
        {
            NamePattern wildcard = new(pattern);
            (string Name, OptionAttribute Option)[] found = [.. OptionTable.All.Where(option => wildcard.IsMatch(option.Name))];
            if (found.Length == 0 && !wildcard.MayBeEmpty)
            {
                Report(ErrorIds.OptionInvalid, ErrorCategory.ObjectNotFound, pattern,
                    $"There is no option '{pattern}'. Options are: {string.Join(", ", OptionTable.Names)}.");
            }

            WriteObject(
                found.Select(option => new RaftOption
                {
                    Name = option.Name,
                    Value = values is null ? null : OptionTable.ValueOf(values, loseUnsynced, option.Name),
                    Default = OptionTable.ValueOf(defaults, false, option.Name),
                    Unit = option.Option.Unit,
                    Range = option.Option.Range,
                    Meaning = OptionMeaning.Of(option.Name),
                    Preset = preset,
                    Server = server,
                    Cluster = cluster,
                }),
                true);
        }
    }
}
