using System.Management.Automation;
using RaftKv.Cmdlets;
using RaftKv.Evaluation.Chaos;

namespace RaftKv.Commands;

/// <summary>Works a cluster with clients that record what they saw, for Test-RaftLinearizability to judge. Meant to run while Start-RaftChaos breaks the cluster.</summary>
/// <remarks>
/// <para>The clients put, get, compare and set, and delete, on a few keys at a time that are given up after 200 operations or when too many outcomes are unknown, so that the history can be decided. After the time it waits for the monkey's end and for all servers to have caught up, and reads every key once more.</para>
/// <para>WrongVersion of the result names keys whose last version is not the acknowledged writes plus some of the unknown ones. It must be empty.</para>
/// <para>The keys that it writes begin with raftkv-measure/ and a random word, so that they are no one else's, and are removed at the end; where that cannot be done a warning names them.</para>
/// </remarks>
/// <example>
/// <code>Start-RaftChaos 60 | Out-Null; Measure-RaftChaos -DurationSec 60 -HistoryPath h.jsonl; Test-RaftLinearizability h.jsonl</code>
/// Breaks a cluster for a minute while twenty clients use it, and judges what they saw.
/// </example>
/// <example>
/// <code>Measure-RaftChaos -ClientCount 40 -DurationSec 10 -HistoryPath calm.jsonl</code>
/// Records forty clients without any chaos.
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "RaftChaos", SupportsShouldProcess = true)]
[OutputType(typeof(RaftChaosRun))]
public sealed class MeasureRaftChaosCommand : ClusterCmdlet
{
    /// <summary>Shorter than a user's, so that clients do not spend a fault waiting.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(4);

    /// <summary>How many clients work at once.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(1, 100_000)]
    public int ClientCount { get; set; } = 20;

    /// <summary>For how many seconds.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400.0)]
    public double DurationSec { get; set; } = 30;

    /// <summary>The file for the history. One that exists is replaced at the end of the run; until then the history lies beside it, under a name that ends in .tmp.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string HistoryPath { get; set; } = "";

    /// <summary>Decides what the clients do. Without it a random number is drawn.</summary>
    [Parameter]
    public ulong Seed { get; set; }

    /// <summary>How many seconds the cluster may take to be whole again at the end.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(1.0, 86400.0)]
    public double TimeoutSec { get; set; } = 60;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (!ShouldProcess($"Cluster '{cluster.Name}'", "Write and read keys below raftkv-measure/ and remove them"))
        {
            return;
        }

        ChaosWorkloadOptions options = new()
        {
            ClientCount = ClientCount,
            Duration = TimeSpan.FromSeconds(DurationSec),
            Seed = SeedDraw.Of(this, Seed),
            HistoryPath = ResolveOutputPath(HistoryPath),
            Members = () => cluster.Session.Spec,
        };
        if (!TryRun(cluster, token => RunAsync(cluster, options, token), out ChaosWorkloadResult result))
        {
            return;
        }

        WarnOfLeftKeys(result.LeftPrefix);
        WriteObject(new RaftChaosRun
        {
            Completed = result.Completed,
            Failed = result.Failed,
            Unknown = result.Unknown,
            PerMinute = Math.Round(result.Completed / result.Elapsed.TotalMinutes, 1),
            CompareShare = Math.Round(result.CompareShare, 3),
            KeyCount = result.KeyCount,
            WrongVersion = result.WrongVersions.ToArray(),
            Path = options.HistoryPath,
            Cluster = cluster,
        });
    }

    private async Task<ChaosWorkloadResult> RunAsync(RaftCluster cluster, ChaosWorkloadOptions options, CancellationToken cancellationToken)
    {
        await using Api.Clients.ClusterClient client = new(cluster.Session.Spec, new Api.ClientOptions { Deadline = Deadline });
        return await ChaosWorkload.RunAsync(client, options, () => CalmAsync(cluster, cancellationToken), cancellationToken);
    }

    private async Task CalmAsync(RaftCluster cluster, CancellationToken cancellationToken)
    {
        if (StartRaftChaosCommand.Of(cluster) is { } chaos)
        {
            await chaos.StopAsync(wait: true, cancellationToken);
        }

        string missing = await ClusterWait.UntilAsync(cluster, WaitGoal.CaughtUp, null, TimeSpan.FromSeconds(TimeoutSec), cancellationToken);
        if (missing.Length > 0)
        {
            throw new Api.RaftKvException(
                Api.ErrorKind.WaitTimeout, FormattableString.Invariant($"Cluster '{cluster.Name}' did not recover within {TimeoutSec:0.#} s after the faults: {missing}."));
        }
    }
}
