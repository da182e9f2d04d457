using System.Management.Automation;
using RaftKv.Api.Views;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Compares the replicated logs of servers, index by index, and shows where they differ.</summary>
/// <remarks>
/// <para>A server that answers is asked; of one that does not, the agent reads the files, which do not say what is committed. Logs that are the same yield nothing. While writes go on, the ends of logs differ as a matter of course.</para>
/// </remarks>
/// <example>
/// <code>Compare-RaftLog</code>
/// Shows every index at which the servers of the current cluster differ.
/// </example>
/// <example>
/// <code>Compare-RaftLog n1, n2 -FirstIndex 100 -IncludeEqual | Format-Table Index, Comparison, Row</code>
/// Shows two logs side by side.
/// </example>
[Cmdlet(VerbsData.Compare, "RaftLog")]
[OutputType(typeof(RaftLogDifference))]
public sealed class CompareRaftLogCommand : ClusterCmdlet
{
    private readonly List<ServerTarget> _targets = [];

    /// <summary>The servers: ids, names with wildcards, or server objects. Without it, all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [SupportsWildcards]
    public RaftServerReference[]? Server { get; set; }

    /// <summary>The index to begin with.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long FirstIndex { get; set; } = 1;

    /// <summary>Shows the indexes too at which all logs are the same.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    private protected override bool IsForEach => true;

    /// <inheritdoc/>
    protected override void ProcessRecord() => _targets.AddRange(TargetServers(Server).Where(target => !_targets.Contains(target)));

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        List<RaftLogDifference.Log> logs = [];
        foreach (ServerTarget target in _targets)
        {
            if (TryRun(target.Name, token => LogSource.ReadAllAsync(target, FirstIndex, token), out (IReadOnlyList<LogEntryView> Entries, bool FromDisk) read))
            {
                logs.Add(new RaftLogDifference.Log(target.Id, target.Name, read.Entries, read.FromDisk));
            }
        }

        foreach (RaftLogDifference difference in RaftLogDifference.Compare(logs).Where(d => IncludeEqual || d.Comparison != RaftLogComparison.Equal))
        {
            WriteObject(difference);
        }
    }
}
