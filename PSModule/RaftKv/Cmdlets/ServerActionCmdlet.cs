using System.Management.Automation;
using RaftKv.Cmdlets;

namespace RaftKv;

/// <summary>The base of cmdlets that do one thing to each of several servers, as a rule to all servers of one call at the same time.</summary>
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

    /// <summary>Whether each server waits for the one before it.</summary>
    private protected virtual bool OneByOne => false;

    /// <summary>Does it to one server.</summary>
    private protected abstract Task ActAsync(ServerTarget target, CancellationToken cancellationToken);

    private protected override bool IsForEach => true;

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
        List<ServerTarget> targets, CancellationToken cancellationToken)
    {
        if (!OneByOne)
        {
            return await Task.WhenAll(targets.Select(target => TryActAsync(target, cancellationToken)));
        }

        List<(ServerTarget, Exception?)> outcomes = [];
        foreach (ServerTarget target in targets)
        {
            outcomes.Add(await TryActAsync(target, cancellationToken));
        }

        return outcomes;
    }

    private async Task<(ServerTarget Target, Exception? Error)> TryActAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        try
        {
            await ActAsync(target, cancellationToken);
            return (target, null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return (target, exception);
        }
    }

    private void Show(IReadOnlyList<ServerTarget> targets)
    {
        foreach (IGrouping<RaftCluster, ServerTarget> group in targets.GroupBy(target => target.Cluster))
        {
            HashSet<int> ids = [.. group.Select(target => target.Id)];
            if (TryRun(group.Key, token => RaftServer.LookAsync(group.Key, ids, token), out IReadOnlyList<RaftServer> servers))
            {
                WriteObject(servers, true);
            }
        }
    }
}
