using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Gets the replicated log of servers, entry by entry.</summary>
/// <remarks>
/// <para>Entries come from the servers' own logs, committed or not, by rising index, and are streamed as they are read. For what a server prints see Get-RaftServerLog.</para>
/// <para>-FromDisk has the agent read the files, which works for a stopped server too. What is committed is not in the files, so Committed is then empty, neither true nor false.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftLog n1 -Last 10</code>
/// Shows the last ten entries of one server.
/// </example>
/// <example>
/// <code>Get-RaftLog | Where-Object Key -eq color | Select-Object Server, Index, Term, Value</code>
/// Shows where each server has the writes to one key.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftLog", DefaultParameterSetName = RangeSet)]
[OutputType(typeof(RaftLogEntry))]
public sealed class GetRaftLogCommand : ClusterCmdlet
{
    private const string RangeSet = "Range";
    private const string LastSet = "Last";

    /// <summary>The servers: ids, names with wildcards, or server objects. Without it, all, one after the other.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [SupportsWildcards]
    public RaftServerReference[]? Server { get; set; }

    /// <summary>The index to begin with.</summary>
    [Parameter(ParameterSetName = RangeSet)]
    [ValidateRange(1L, long.MaxValue)]
    public long FirstIndex { get; set; } = 1;

    /// <summary>How many entries of each server at most.</summary>
    [Parameter(ParameterSetName = RangeSet)]
    [Alias("First")]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = int.MaxValue;

    /// <summary>Only this many of the last entries of each server.</summary>
    [Parameter(ParameterSetName = LastSet, Mandatory = true)]
    [ValidateRange(1, int.MaxValue)]
    public int Last { get; set; }

    /// <summary>Reads the files through the agent instead of asking the server.</summary>
    [Parameter]
    public SwitchParameter FromDisk { get; set; }

    private protected override bool IsForEach => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ServerTarget target in TargetServers(Server))
        {
            TryStream(
                target.Name,
                token => ReadAsync(target, token),
                view => WriteObject(RaftLogEntry.From(view, target.Id, target.Cluster, FromDisk)));
        }
    }

    private async IAsyncEnumerable<LogEntryView> ReadAsync(
        ServerTarget target, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long first = FirstIndex;
        if (ParameterSetName == LastSet)
        {
            long last = FromDisk
                ? (await LogSource.HeadAsync(target, cancellationToken)).LastIndex
                : await target.Cluster.Session.Client.GetLastIndexAsync(target.Id, cancellationToken);
            first = Math.Max(1, last - Last + 1);
        }

        IAsyncEnumerable<LogEntryView> views = FromDisk
            ? LogSource.ReadFilesAsync(target, first, Count, cancellationToken)
            : target.Cluster.Session.Client.ReadLogViewsAsync(target.Id, first, Count, cancellationToken);
        await foreach (LogEntryView view in views)
        {
            yield return view;
        }
    }
}
