using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>The partitions and bad links that are in force, as each server has them, in words.</summary>
internal static class NetworkFaults
{
    /// <summary>What the servers have in force, by their ids; a server whose network is whole is not in it.</summary>
    /// <remarks>Where chaos is off, or a server does not answer, nothing is known of it and nothing is said.</remarks>
    public static async Task<IReadOnlyDictionary<int, string>> ReadAsync(RaftCluster cluster, CancellationToken cancellationToken)
    {
        if (!cluster.Chaos)
        {
            return new Dictionary<int, string>();
        }

        try
        {
            return Describe(RaftConnectivity.From(await cluster.Session.Client.GetMatrixViewsAsync(cancellationToken), cluster));
        }
        catch (RaftKvException)
        {
            return new Dictionary<int, string>();
        }
    }

    /// <summary>The delay that is injected into messages, one way, in milliseconds; of links that differ the longest, null where there is none.</summary>
    public static async Task<double?> ReadDelayAsync(RaftCluster cluster, CancellationToken cancellationToken)
    {
        if (!cluster.Chaos)
        {
            return null;
        }

        IReadOnlyList<MatrixView> matrices = await cluster.Session.Client.GetMatrixViewsAsync(cancellationToken);
        double longest = matrices.SelectMany(matrix => matrix.Links.Where(link => link.To == matrix.ServerId)).Select(link => link.DelayMs).DefaultIfEmpty().Max();
        return longest > 0 ? longest : null;
    }

    /// <summary>Each row's faults in words; rows without are left out.</summary>
    internal static IReadOnlyDictionary<int, string> Describe(IReadOnlyList<RaftConnectivity> rows)
    {
        HashSet<(int From, int To)> blocked =
            [.. rows.SelectMany(row => row.Setting).Where(link => link.Blocked).Select(link => (link.From, link.To))];
        Dictionary<int, string> found = [];
        foreach (RaftConnectivity row in rows)
        {
            int[] to = [.. blocked.Where(link => link.From == row.Server).Select(link => link.To).Order()];
            int[] bothWays = [.. to.Where(other => blocked.Contains((other, row.Server)))];
            List<string> parts = [];
            Add(bothWays, "cut off from ");
            Add([.. to.Except(bothWays)], "blocked to ");
            if (row.Link.Length > 0)
            {
                parts.Add(row.Link);
            }

            if (parts.Count > 0)
            {
                found[row.Server] = string.Join("; ", parts);
            }

            void Add(int[] others, string what)
            {
                if (others.Length > 0)
                {
                    parts.Add(what + (others.Length == rows.Count - 1 && others.Length > 1 ? "all" : string.Join(",", others)));
                }
            }
        }

        return found;
    }
}
