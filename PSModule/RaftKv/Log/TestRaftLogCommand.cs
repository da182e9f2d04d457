using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Views;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Tests whether the log files of servers are sound: every checksum right, no gap, no falling or impossible term.</summary>
/// <remarks>
/// <para>The agent reads the files; the server may run or not. What is wrong is told as a warning for each server that fails. Whether logs agree with each other is Compare-RaftLog's question.</para>
/// </remarks>
/// <example>
/// <code>Test-RaftLog</code>
/// Says whether the logs of all servers of the current cluster are sound.
/// </example>
/// <example>
/// <code>Get-RaftServer | Where-Object Fault -like 'halted*' | Test-RaftLog</code>
/// Looks only at the logs of servers that halted by themselves.
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "RaftLog")]
[OutputType(typeof(bool))]
public sealed class TestRaftLogCommand : ClusterCmdlet
{
    private bool _sound = true;

    /// <summary>The servers: ids, names with wildcards, or server objects. Without it, all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [SupportsWildcards]
    public RaftServerReference[]? Server { get; set; }

    private protected override bool IsForEach => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ServerTarget target in TargetServers(Server))
        {
            if (!TryRun(target.Name, token => FaultAsync(target, token), out string fault))
            {
                _sound = false;
            }
            else if (fault.Length > 0)
            {
                WriteWarning($"{target.Name}: {fault}");
                _sound = false;
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => WriteObject(_sound);

    private static async Task<string> FaultAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        StoredLogView head;
        try
        {
            head = await LogSource.HeadAsync(target, cancellationToken);
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            return e.Message;
        }

        long index = head.CompactedIndex;
        long term = head.CompactedTerm;
        await foreach (LogEntryView entry in LogSource.ReadFilesAsync(target, 1, 0, cancellationToken))
        {
            if (entry.Index != ++index || entry.Term < term || entry.Term > head.StoredTerm)
            {
                return $"entry {entry.Index} of term {entry.Term} cannot follow entry {index - 1} of term {term} with a stored term of {head.StoredTerm}.";
            }

            if (entry.Kind == "Unreadable")
            {
                return $"entry {entry.Index} cannot be read.";
            }

            term = entry.Term;
        }

        return "";
    }
}
