using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>The ways to give the servers each other's names. The first one leaves all as they are.</summary>
internal sealed class Names
{
    public Names(Bounds bounds)
    {
        var all = new List<int[]>();
        Permute([.. Enumerable.Range(0, bounds.Servers)], bounds.Alike, 0, all);
        Ways = [.. all];
        ByOldName = [.. all.Select(w => new[] { NodeId.None }.Concat(w.Select(name => new NodeId(name + 1))).ToArray())];
    }

    /// <summary>For each way, the new place of each server by its old one.</summary>
    public int[][] Ways { get; }

    /// <summary>The same as the writer wants it.</summary>
    public NodeId[][] ByOldName { get; }

    public int Count => Ways.Length;

    private static void Permute(int[] places, int count, int from, List<int[]> all)
    {
        if (from >= count - 1)
        {
            all.Add([.. places]);
            return;
        }

        for (var i = from; i < count; i++)
        {
            (places[from], places[i]) = (places[i], places[from]);
            Permute(places, count, from + 1, all);
            (places[from], places[i]) = (places[i], places[from]);
        }
    }
}
