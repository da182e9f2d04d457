using RaftKv.Api.Views;

namespace RaftKv.Api.Clients;

/// <summary>Changes of many links at once.</summary>
public static class LinkChanges
{
    /// <summary>Updates under way at once. One alone waits for the slowest server; a window hides that.</summary>
    private const int MaxUpdatesUnderWay = 64;

    /// <summary>
    /// Changes entries of the matrix, each by a call of its own that every live server confirms. Many are under way at
    /// once, but never two of the same link: those happen in the order given.
    /// </summary>
    /// <exception cref="RaftKvException">PartitionInvalid: a link names an unknown server; ChaosDisabled.</exception>
    public static async Task<ChaosResult> UpdateLinksAsync(
        this ClusterClient cluster, IReadOnlyList<LinkView> links, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(links);
        List<ChaosResult> results = [];
        Dictionary<(int From, int To), Task<ChaosResult>> underWay = [];
        foreach (LinkView link in links)
        {
            if (underWay.ContainsKey((link.From, link.To)))
            {
                await TakeAsync(underWay, results, underWay[(link.From, link.To)]);
            }

            while (underWay.Count >= MaxUpdatesUnderWay)
            {
                await TakeAsync(underWay, results, await Task.WhenAny(underWay.Values));
            }

            underWay.Add((link.From, link.To), cluster.Chaos.UpdateAsync(link, cancellationToken));
        }

        results.AddRange(await Task.WhenAll(underWay.Values));
        SortedDictionary<int, string> missing = [];
        foreach ((int server, string why) in results.SelectMany(result => result.Missing))
        {
            missing[server] = why;
        }

        return new ChaosResult([.. results.SelectMany(result => result.Confirmed).Distinct().Where(id => !missing.ContainsKey(id)).Order()], missing);
    }

    private static async Task TakeAsync(
        Dictionary<(int From, int To), Task<ChaosResult>> underWay, List<ChaosResult> results, Task<ChaosResult> done)
    {
        results.Add(await done);
        underWay.Remove(underWay.First(pair => pair.Value == done).Key);
    }
}
