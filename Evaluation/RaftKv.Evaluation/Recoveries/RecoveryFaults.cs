using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Recoveries;

/// <summary>One timed recovery.</summary>
/// <param name="Fault">From what.</param>
/// <param name="ServerId">The server that was killed, muted or cut off; the old leader where everybody was cut off.</param>
/// <param name="FaultPhaseMs">When in the heartbeat interval the fault was done, or healed.</param>
/// <param name="LeaderMs">Until the leader that served was first seen; null: not within 60 s.</param>
/// <param name="AcknowledgedMs">Until a put was acknowledged; null: none within 60 s.</param>
/// <param name="ClientCpuPercent">What the probe took of one core.</param>
/// <param name="OtherCpuPercent">What other programs took of the machine; null where the system does not tell.</param>
public sealed record RecoveryTime(
    RecoveryFault Fault, int ServerId, double FaultPhaseMs, double? LeaderMs, double? AcknowledgedMs, double ClientCpuPercent, double? OtherCpuPercent);

/// <summary>The faults whose recovery is timed, by experiments and by hand alike.</summary>
public static class RecoveryFaults
{
    /// <summary>How long a cut that leaves no majority lasts, in upper election timeouts: all but the leader have campaigned by then.</summary>
    internal const double CutTimeouts = 1.2;

    /// <summary>Does one fault to a running cluster, times how long it takes to serve again, and mends it.</summary>
    /// <param name="cluster">The cluster; its chaos service must be on.</param>
    /// <param name="fault">What to do.</param>
    /// <param name="seed">The coin for the phase and for which follower.</param>
    /// <param name="repetition">From 1; decides too which kind of group the old leader is in.</param>
    /// <param name="cancellationToken">Ends it; the fault is mended all the same.</param>
    /// <exception cref="Api.RaftKvException">ChaosDisabled, or the cluster has no leader or does not come back.</exception>
    public static async Task<RecoveryTime> MeasureAsync(ClusterSpec cluster, RecoveryFault fault, ulong seed, int repetition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        var bed = await TestBed.AttachAsync(cluster, Coin.Mix(seed, (int)fault, repetition), cancellationToken).ConfigureAwait(false);
        await using (bed.ConfigureAwait(false))
        {
            var environment = EnvironmentProbe.Start(cluster.Agents.Select(a => a.ProcessId).Where(id => id > 0));
            try
            {
                var (server, recovery) = await DoAsync(bed, fault, repetition, cancellationToken).ConfigureAwait(false);
                return new RecoveryTime(
                    fault, server, recovery.PhaseMs, recovery.LeaderMs, recovery.AcknowledgedMs, recovery.ProcessorPercent, environment.OtherCpuPercent());
            }
            catch
            {
                await bed.MendAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Does one fault and leaves the cluster whole.</summary>
    internal static async Task<(int Server, Recovery Recovery)> DoAsync(TestBed bed, RecoveryFault fault, int repetition, CancellationToken cancellationToken)
    {
        var chaos = bed.Client.Chaos;
        var server = fault == RecoveryFault.FollowerCutOff
            ? await bed.FollowerAsync(cancellationToken).ConfigureAwait(false)
            : await bed.LeaderAsync(cancellationToken).ConfigureAwait(false);
        await bed.WriteOnceAsync(cancellationToken).ConfigureAwait(false);
        var recovery = await (fault switch
        {
            RecoveryFault.LeaderKilled => AfterAsync(() => bed.KillAsync(server, cancellationToken)),
            RecoveryFault.LeaderMuted => AfterAsync(() => bed.MuteAsync(server, true, cancellationToken)),
            RecoveryFault.MinorityPartitions => HealAsync(),
            _ => AfterAsync(() => chaos.PartitionAsync([[server]], cancellationToken)),
        }).ConfigureAwait(false);
        await bed.RestoreAsync(cancellationToken).ConfigureAwait(false);
        return (server, recovery);

        Task<Recovery> AfterAsync(Func<Task> act) => Recovery.AfterAsync(bed, act, server, cancellationToken);

        async Task<Recovery> HealAsync()
        {
            await chaos.PartitionAsync(Minorities(bed.Alive, server, repetition), cancellationToken).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromMilliseconds(CutTimeouts * bed.Spec.Options.ElectionTimeoutUpperMs), cancellationToken).ConfigureAwait(false);
            return await Recovery.AfterAsync(bed, () => chaos.ResetAsync(cancellationToken), 0, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Two groups of equal size and one server alone. The leader is in another of them with each repetition.</summary>
    internal static int[][] Minorities(IReadOnlyList<int> servers, int leader, int repetition)
    {
        List<int> order = [.. servers.Where(id => id != leader)];
        var half = (servers.Count - 1) / 2;
        order.Insert((repetition % 3) switch { 1 => 0, 2 => half, _ => order.Count }, leader);
        int[][] groups = [[.. order.Take(half)], [.. order.Skip(half).Take(half)], [.. order.Skip(2 * half)]];
        return [.. groups.Where(g => g.Length > 0)];
    }
}
