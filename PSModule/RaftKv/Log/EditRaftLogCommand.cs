using System.Management.Automation;
using RaftKv.Api.Views;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Falsifies the log of stopped servers: gives entries another term, with right checksums.</summary>
/// <remarks>
/// <para>A tool for tests of what a cluster makes of a wrong log; it breaks the promises of the cluster that it is used on. The server must be stopped. An entry's term never is below that of the one before it: such an edit is refused.</para>
/// <para>A server remembers the latest term that it has seen, and refuses to start with an entry of a later one. -StoredTerm sets what it remembers.</para>
/// </remarks>
/// <example>
/// <code>Stop-RaftServer n1; Edit-RaftLog n1 -FirstIndex 4 -Term 9 -StoredTerm 9; Start-RaftServer n1</code>
/// Gives all entries of n1 from index 4 on term 9, and lets the cluster deal with it.
/// </example>
/// <example>
/// <code>Edit-RaftLog n1, n2 -FirstIndex 7 -LastIndex 7 -Term 3 -Confirm:$false</code>
/// Changes one entry of two servers without asking.
/// </example>
[Cmdlet(VerbsData.Edit, "RaftLog", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(RaftLogEdit))]
public sealed class EditRaftLogCommand : ClusterCmdlet
{
    /// <summary>The servers: ids, names with wildcards, or server objects. They must be stopped.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public RaftServerReference[] Server { get; set; } = [];

    /// <summary>The first index to change.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long FirstIndex { get; set; } = 1;

    /// <summary>The last index to change. Without it, the last of the log.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long LastIndex { get; set; }

    /// <summary>The term that these entries get. Without it, they stay as they are.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long Term { get; set; }

    /// <summary>The term that the server remembers, with no vote in it. Without it, that stays as it is.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long StoredTerm { get; set; }

    private protected override bool IsForEach => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Term == 0 && StoredTerm == 0)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, null, "Nothing to change: name -Term, -StoredTerm or both.");
        }

        foreach (ServerTarget target in TargetServers(Server))
        {
            if (ShouldProcess(target.ToString(), "Falsify its log") && TryRun(
                target.Name,
                token => target.Cluster.Session.Client.AgentOf(target.Id).EditLogAsync(target.Cluster.ClusterId, target.Id, FirstIndex, LastIndex, Term, StoredTerm, token),
                out LogEditView edit))
            {
                WriteObject(RaftLogEdit.From(edit, target.Cluster));
            }
        }
    }
}
