using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Sets what happens to the messages from one server to another: loss, delay, duplication, reordering.</summary>
/// <remarks>
/// <para>The given settings replace those that a link had, a block included: without any the link is whole again. Every link is a call of its own, which each live server confirms. Links go one way; -BothWays sets the way back too.</para>
/// <para>A block acts on both ends of a link. Everything else acts once for each message, at the receiver, from a generator of its own for each link, so that a run can be repeated: see -Seed of Set-RaftConnectivity.</para>
/// </remarks>
/// <example>
/// <code>Set-RaftLink -From n1 -To n2 -DropRate 0.1 -DelayMs 20 -JitterMs 5</code>
/// Loses a tenth of the messages from n1 to n2 and delays the others by 20 to 25 ms. The way back stays whole.
/// </example>
/// <example>
/// <code>Get-RaftLeader | Set-RaftLink -DelayMs 100 -BothWays</code>
/// Makes the leader's network slow in both directions.
/// </example>
[Cmdlet(VerbsCommon.Set, "RaftLink", SupportsShouldProcess = true)]
[OutputType(typeof(RaftConnectivity))]
public sealed class SetRaftLinkCommand : ClusterCmdlet
{
    /// <summary>Links of a long pipeline that are sent together.</summary>
    private const int BatchCount = 512;

    private readonly List<LinkView> _pending = [];
    private RaftCluster? _pendingCluster;
    private RaftCluster? _shown;

    /// <summary>The sending servers: ids, names with wildcards, or server objects.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public RaftServerReference[] From { get; set; } = [];

    /// <summary>The receiving servers. Without it, all others.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [SupportsWildcards]
    public RaftServerReference[]? To { get; set; }

    /// <summary>Lets nothing pass.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Blocked { get; set; }

    /// <summary>The share of messages that is lost, from 0 to 1.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0.0, 1.0)]
    public double DropRate { get; set; }

    /// <summary>How much later every message arrives, in milliseconds. Where the way there and back takes as long as ElectionTimeoutUpperMs, nothing is committed any more: raise that option too.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0.0, 60_000.0)]
    public double DelayMs { get; set; }

    /// <summary>At most this many milliseconds are added to the delay, drawn for each message. The order is kept.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0.0, 60_000.0)]
    public double JitterMs { get; set; }

    /// <summary>The share of messages that comes twice, from 0 to 1.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0.0, 1.0)]
    public double DuplicateRate { get; set; }

    /// <summary>The share of messages that is held back so that later ones overtake it, from 0 to 1.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0.0, 1.0)]
    public double ReorderRate { get; set; }

    /// <summary>Sets the way back from -To to -From too.</summary>
    [Parameter]
    public SwitchParameter BothWays { get; set; }

    /// <summary>Returns who reaches whom afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IReadOnlyList<ServerTarget> senders = TargetServers(From);
        IReadOnlyList<ServerTarget> receivers = senders.Count > 0 ? Receivers(senders[0].Cluster) : [];
        List<LinkView> links = [.. senders.SelectMany(from => receivers.Where(to => to.Id != from.Id).SelectMany(to => Links(from.Id, to.Id))).Distinct()];
        if (links.Count == 0)
        {
            if (senders.Count > 0 && receivers.Count > 0)
            {
                Fail(ErrorIds.PartitionInvalid, ErrorCategory.InvalidArgument, From, "Nothing was changed: a link joins two different servers.");
            }

            return;
        }

        RaftCluster cluster = senders[0].Cluster;
        if (!ShouldProcess($"Cluster '{cluster.Name}'", $"Set link {string.Join("; ", links.Select(link => new RaftLink(link)))}"))
        {
            return;
        }

        if (!ReferenceEquals(cluster, _pendingCluster) || _pending.Count >= BatchCount)
        {
            Send();
        }

        _pendingCluster = cluster;
        _pending.AddRange(links);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Send();
        if (PassThru && _shown is { } cluster
            && TryRun(cluster, token => cluster.Session.Client.GetMatrixViewsAsync(token), out IReadOnlyList<MatrixView> matrices))
        {
            WriteObject(RaftConnectivity.From(matrices, cluster), true);
        }
    }

    private IReadOnlyList<ServerTarget> Receivers(RaftCluster cluster) => To is { Length: > 0 } named
        ? TargetServers(named)
        : [.. cluster.Session.Spec.Servers.Select(server => new ServerTarget(cluster, server.Id, server.Name))];

    private IEnumerable<LinkView> Links(int from, int to)
    {
        yield return Link(from, to);
        if (BothWays)
        {
            yield return Link(to, from);
        }
    }

    private LinkView Link(int from, int to) => new(from, to)
    {
        Blocked = Blocked,
        DropRate = DropRate,
        DelayMs = DelayMs,
        JitterMs = JitterMs,
        DuplicateRate = DuplicateRate,
        ReorderRate = ReorderRate,
    };

    private void Send()
    {
        if (_pendingCluster is not { } cluster || _pending.Count == 0)
        {
            return;
        }

        List<LinkView> links = [.. _pending];
        _pending.Clear();
        _shown = cluster;
        if (TryRun(cluster, token => cluster.Session.Client.UpdateLinksAsync(links, token), out ChaosResult result))
        {
            ChaosReport.Write(this, result, cluster);
        }
    }
}
