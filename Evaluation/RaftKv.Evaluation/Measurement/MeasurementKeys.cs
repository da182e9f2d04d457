using System.Security.Cryptography;
using System.Text;
using RaftKv.Api;
using RaftKv.Api.Clients;

namespace RaftKv.Evaluation.Measurement;

/// <summary>
/// The keys that a measurement writes: below a prefix of its own, which no other run and no user has, and removed at its end.
/// </summary>
internal static class MeasurementKeys
{
    /// <summary>What all of them begin with.</summary>
    public const string Root = "raftkv-measure/";

    private const int RemovedAtOnce = 256;

    /// <summary>How long removing may take; a cluster that does not serve must not hold up the result.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>A prefix of its own.</summary>
    public static string NewPrefix() => $"{Root}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}/";

    /// <summary>Removes all keys below a prefix.</summary>
    /// <returns>Whether none is left; false where the cluster did not serve long enough.</returns>
    public static async Task<bool> RemoveAsync(ClusterClient cluster, string prefix)
    {
        using var limit = new CancellationTokenSource(Limit);
        var client = cluster.CreateKvClient(gatherWrites: true);
        try
        {
            var found = client.ScanAsync(Encoding.UTF8.GetBytes(prefix), cancellationToken: limit.Token);
            var options = new ParallelOptions { MaxDegreeOfParallelism = RemovedAtOnce, CancellationToken = limit.Token };
            await Parallel.ForEachAsync(found, options, async (pair, token) => await RemoveAsync(client, pair.Key, token).ConfigureAwait(false)).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is RaftKvException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task RemoveAsync(KvClient client, byte[] key, CancellationToken cancellationToken)
    {
        try
        {
            await client.DeleteAsync(key, default, cancellationToken).ConfigureAwait(false);
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.KeyNotFound)
        {
            // An attempt before this one, whose answer was lost, has removed it.
        }
    }
}
