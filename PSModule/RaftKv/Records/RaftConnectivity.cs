using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>One row of the matrix of who reaches whom: a server and what happens to its messages to each other one.</summary>
public sealed class RaftConnectivity
{
    /// <summary>The sending server.</summary>
    public int Server { get; init; }

    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it answered; where not, only the other side of its links is known.</summary>
    public bool Answered { get; init; }

    /// <summary>Whether it drops all peer and client messages.</summary>
    public bool Muted { get; init; }

    /// <summary>The servers that its messages reach, itself included.</summary>
    public IReadOnlyList<int> Reaches { get; init; } = [];

    /// <summary>The servers that its messages do not reach.</summary>
    public IReadOnlyList<int> Blocked { get; init; } = [];

    /// <summary>Links that lose, delay, double or reorder messages, in words; empty when there is none.</summary>
    public string Link { get; init; } = "";

    /// <summary>The row as a line: the id of each server it reaches, dots for one it does not.</summary>
    public string Row { get; init; } = "";

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    /// <summary>The rows of the whole matrix. A block counts when either side of a link has it.</summary>
    internal static IReadOnlyList<RaftConnectivity> From(IReadOnlyList<MatrixView> matrices, RaftCluster cluster)
    {
        List<RaftConnectivity> rows = [];
        HashSet<(int, int)> blocked = [.. matrices.SelectMany(m => m.Links).Where(l => l.Blocked).Select(l => (l.From, l.To))];
        HashSet<int> muted = [.. matrices.Where(m => m.Muted).Select(m => m.ServerId)];
        foreach (MatrixView matrix in matrices)
        {
            int from = matrix.ServerId;
            bool Passes(int to) => from == to || !(blocked.Contains((from, to)) || muted.Contains(from) || muted.Contains(to));
            int[] all = [.. matrices.Select(m => m.ServerId)];
            rows.Add(new RaftConnectivity
            {
                Server = from,
                Name = cluster.Session.Spec.Servers.First(server => server.Id == from).Name,
                Answered = matrix.Answered,
                Muted = matrix.Muted,
                Reaches = [.. all.Where(Passes)],
                Blocked = [.. all.Where(to => !Passes(to))],
                Link = string.Join("; ", LinksFrom(matrices, from)),
                Row = string.Join(' ', all.Select(to => (Passes(to) ? to.ToString() : new string('.', to.ToString().Length)).PadLeft(all[^1].ToString().Length))),
                Cluster = cluster,
            });
        }

        return rows;
    }

    /// <summary>Chance acts on the receiving side, so that the receiver's word on a link counts.</summary>
    private static IEnumerable<string> LinksFrom(IReadOnlyList<MatrixView> matrices, int from) => matrices
        .SelectMany(matrix => matrix.Links.Where(link => link.From == from && link.To == matrix.ServerId))
        .Select(Describe)
        .Where(text => text.Length > 0);

    private static string Describe(LinkView link)
    {
        List<string> parts = [];
        Add(link.DropProbability, $"drop {link.DropProbability:P0}");
        Add(link.DelayMs + link.JitterMs, link.JitterMs > 0 ? $"delay {link.DelayMs}±{link.JitterMs} ms" : $"delay {link.DelayMs} ms");
        Add(link.DuplicateProbability, $"double {link.DuplicateProbability:P0}");
        Add(link.ReorderProbability, $"reorder {link.ReorderProbability:P0}");
        return parts.Count > 0 ? $"to {link.To}: {string.Join(", ", parts)}" : "";

        void Add(double amount, string text)
        {
            if (amount > 0)
            {
                parts.Add(text);
            }
        }
    }
}
