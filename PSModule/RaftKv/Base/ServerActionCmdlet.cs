using System.Management.Automation;
using RaftKv.Api.Views;
using RaftKv.Base;

namespace RaftKv;

/// <summary>The base of cmdlets that do one thing to each of several servers, all servers of one call at the same time.</summary>
public abstract class ServerActionCmdlet : ClusterCmdlet
{
    /// <summary>The servers: ids, names with wildcards, or server objects; a cluster object means all of its servers.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public RaftServerReference[] Server { get; set; } = [];

    /// <summary>Returns the servers as they are afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>What is done, for -WhatIf and -Confirm.</summary>
    private protected abstract string Effect { get; }

    /// <summary>Does it to one server.</summary>
    private protected abstract Task ActAsync(ServerTarget target, CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        List<ServerTarget> targets = [.. TargetServers(Server).Where(target => ShouldProcess(target.ToString(), Effect))];
        if (targets.Count == 0 || !TryRun(null, token => ActOnAllAsync(targets, token), out IReadOnlyList<(ServerTarget Target, Exception? Error)> outcomes))
        {
            return;
        }

        foreach ((ServerTarget target, Exception? error) in outcomes)
        {
            if (error is not null)
            {
                Report(error, target.Name);
            }
        }

        if (PassThru)
        {
            Show([.. outcomes.Where(outcome => outcome.Error is null).Select(outcome => outcome.Target)]);
        }
    }

    private async Task<IReadOnlyList<(ServerTarget Target, Exception? Error)>> ActOnAllAsync(
        List<ServerTarget> targets, CancellationToken cancellationToken) =>
        await Task.WhenAll(targets.Select(async target =>
        {
            try
            {
                await ActAsync(target, cancellationToken);
                return (target, (Exception?)null);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                return (target, exception);
            }
        }));

    private void Show(IReadOnlyList<ServerTarget> targets)
    {
        foreach (IGrouping<RaftCluster, ServerTarget> group in targets.GroupBy(target => target.Cluster))
        {
            HashSet<int> ids = [.. group.Select(target => target.Id)];
            if (TryRun(group.Key, token => group.Key.Session.Client.GetServerViewsAsync(token), out IReadOnlyList<ServerView> views))
            {
                WriteObject(views.Where(view => ids.Contains(view.Id)).Select(view => RaftServer.From(view, group.Key)), true);
            }
        }
    }
}
