using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Clients;

namespace RaftKv.Commands;

/// <summary>Removes keys with their values.</summary>
/// <remarks>
/// <para>A key that does not exist is an error with the id KeyNotFound, and the command goes on with the next. From the pipeline many removals are under way at once. However the pipeline ends, those that have begun are brought to their end, and one that failed or whose outcome is unknown is told.</para>
/// </remarks>
/// <example>
/// <code>Remove-RaftValue color</code>
/// Removes one key.
/// </example>
/// <example>
/// <code>Get-RaftValue -Prefix tmp/ | Remove-RaftValue</code>
/// Removes all keys that begin with tmp/.
/// </example>
[Cmdlet(VerbsCommon.Remove, "RaftValue", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveRaftValueCommand : WritingCmdlet
{
    /// <summary>The keys. Case matters, and wildcards have no meaning. A key whose bytes are no UTF-8 is written by them, as in '\x{FF61}'.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <summary>Removes only if the pair has this version. Otherwise the error VersionMismatch tells the actual one.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long? IfVersion { get; set; }

    /// <summary>How many seconds a removal may take with all its retries.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(0.05, 86400.0)]
    public double TimeoutSec { get; set; } = 10;

    private protected override void Take()
    {
        RaftCluster cluster = TargetCluster();
        KvClient client = cluster.Session.KeyValue(TimeSpan.FromSeconds(TimeoutSec));
        foreach (string key in Key)
        {
            if (KeyBytes(key) is not { } keyBytes || !ShouldProcess($"Key '{RaftText.Visible(key)}' in cluster '{cluster.Name}'", "Remove"))
            {
                continue;
            }

            Window.Add(
                cluster.ClusterId + "/" + key,
                keyBytes.Length,
                token => client.DeleteAsync(keyBytes, new WriteCondition { Version = IfVersion }, token),
                succeeded: null,
                error => Report(error, key, cluster));
        }
    }

    private void Report(Exception error, string key, RaftCluster cluster)
    {
        switch ((error as RaftKvException)?.Kind)
        {
            case ErrorKind.KeyNotFound:
                ReportMissingKey(key, cluster);
                break;
            case ErrorKind.VersionMismatch:
                Report(error, new RaftValue { Key = key, Version = ((RaftKvException)error).ActualVersion, Cluster = cluster });
                break;
            default:
                Report(error, key);
                break;
        }
    }
}
