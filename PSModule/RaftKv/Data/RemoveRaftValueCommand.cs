using System.Management.Automation;
using System.Text;
using RaftKv.Api;

namespace RaftKv.Commands;

/// <summary>Removes keys with their values.</summary>
/// <remarks>
/// <para>A key that does not exist is an error with the id KeyNotFound, and the command goes on with the next. From the pipeline many removals are under way at once.</para>
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
public sealed class RemoveRaftValueCommand : ClusterCmdlet
{
    private WriteWindow? _window;

    /// <summary>The keys. Case matters, and wildcards have no meaning.</summary>
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

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        KvClient client = cluster.Session.KeyValue(TimeSpan.FromSeconds(TimeoutSec));
        foreach (string key in Key)
        {
            if (!ShouldProcess($"Key '{key}' in cluster '{cluster.Name}'", "Remove"))
            {
                continue;
            }

            byte[] keyBytes = Encoding.UTF8.GetBytes(key);
            _window ??= new WriteWindow(this, StopToken);
            _window.Add(
                cluster.ClusterId + "/" + key,
                keyBytes.Length,
                token => client.DeleteAsync(keyBytes, new WriteCondition { Version = IfVersion }, token),
                succeeded: null,
                error => Report(error, key, cluster));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => _window?.Finish();

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
