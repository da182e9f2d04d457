using System.Management.Automation;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Gets the text log of servers: what they say of themselves, not the entries they store.</summary>
/// <remarks>
/// <para>The lines come as strings, the oldest first. With -Wait new lines follow as they are written, until Ctrl-C. For the replicated entries see Get-RaftLog.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftServerLog n1 -Tail 20</code>
/// Shows the last 20 lines of one server.
/// </example>
/// <example>
/// <code>Get-RaftLeader | Get-RaftServerLog -Wait</code>
/// Follows the leader's log until Ctrl-C.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftServerLog")]
[OutputType(typeof(string))]
public sealed class GetRaftServerLogCommand : ClusterCmdlet
{
    /// <summary>The servers: ids, names with wildcards, or server objects. Without it, all, one after the other.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [SupportsWildcards]
    public RaftServerReference[]? Server { get; set; }

    /// <summary>How many of the last lines to get. Without it, all.</summary>
    [Parameter]
    [Alias("Last")]
    [ValidateRange(0, int.MaxValue)]
    public int Tail { get; set; } = int.MaxValue;

    /// <summary>Goes on with new lines as they are written, until Ctrl-C. Follows one server.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    private protected override bool IsForEach => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IReadOnlyList<ServerTarget> targets = TargetServers(Server);
        if (Wait && targets.Count > 1)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, null,
                $"-Wait follows one server, and {targets.Count} are chosen. Choose one with -Server.");
        }

        foreach (ServerTarget target in targets)
        {
            TryStream(
                target.Name,
                token => target.Cluster.Session.Client.AgentOf(target.Id).ReadTextLogAsync(target.Cluster.ClusterId, target.Id, Tail, Wait, token),
                line => WriteObject(line));
        }
    }
}
