using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>One row of the matrix of who reaches whom: a server and what happens to its messages to each other one.</summary>
public sealed class RaftConnectivity
{
    /// <summary>From here on a line of whole ids would not fit beside the names.</summary>
    private const int WideCount = 10;

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

    /// <summary>The links from it that are not whole, blocked ones included. Piped to Set-RaftConnectivity they make the same matrix again.</summary>
    public IReadOnlyList<RaftLink> Setting { get; init; } = [];

    /// <summary>
    /// The row as a line: the id of each server it reaches, a dot for one it does not, and a ~ behind one that it reaches
    /// badly. Of ten servers and more only the last digit, or the sign in its place, in blocks of ten, so that a line fits.
    /// </summary>
    public string Row { get; init; } = "";

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    /// <summary>The rows of the whole matrix. A block counts when either side of a link has it.</summary>
    internal static IReadOnlyList<RaftConnectivity> From(IReadOnlyList<MatrixView> matrices, RaftCluster cluster)
    {
        List<RaftConnectivity> rows = [];
        HashSet<(int, int)> blocked = [.. matrices.SelectMany(m => m.Links).Where(l => l.Blocked).Select(l => (l.From, l.To))];
        HashSet<int> muted = [.. matrices.Where(m => m.Muted).Select(m => m.ServerId)];
        Dictionary<(int From, int To), RaftLink> poor = ReceiversWord(matrices);
        int[] all = [.. matrices.Select(m => m.ServerId)];
        bool isWide = all.Length >= WideCount;
        int width = all.Max().ToString().Length;
        foreach (MatrixView matrix in matrices)
        {
            int from = matrix.ServerId;
            bool Passes(int to) => from == to || !(blocked.Contains((from, to)) || muted.Contains(from) || muted.Contains(to));
            bool IsPoor(int to) => Passes(to) && poor.ContainsKey((from, to));
            string Cell(int to) => (Passes(to) ? to.ToString() : new string('.', to.ToString().Length)).PadLeft(width) + (poor.Count == 0 ? "" : IsPoor(to) ? "~" : " ");
            char Sign(int to) => !Passes(to) ? '.' : IsPoor(to) ? '~' : (char)('0' + (to % 10));
            rows.Add(new RaftConnectivity
            {
                Server = from,
                Name = cluster.Session.Spec.Servers.First(server => server.Id == from).Name,
                Answered = matrix.Answered,
                Muted = matrix.Muted,
                Reaches = all.Where(Passes).ToArray(),
                Blocked = all.Where(to => !Passes(to)).ToArray(),
                Link = Describe([.. poor.Values.Where(link => link.From == from)], all.Length - 1),
                Setting = all.Where(to => blocked.Contains((from, to)) || poor.ContainsKey((from, to))).Select(to => SettingOf(from, to)).ToArray(),
                Row = isWide ? string.Join(' ', all.Select(Sign).Chunk(10).Select(ten => new string(ten))) : string.Join(' ', all.Select(Cell)).TrimEnd(),
                Cluster = cluster,
            });
        }

        return rows;

        RaftLink SettingOf(int from, int to)
        {
            LinkView chance = poor.GetValueOrDefault((from, to))?.View ?? new LinkView(from, to);
            return new RaftLink(chance with { Blocked = blocked.Contains((from, to)) });
        }
    }

    /// <summary>Chance acts on the receiving side, so that the receiver's word on a link counts.</summary>
    private static Dictionary<(int From, int To), RaftLink> ReceiversWord(IReadOnlyList<MatrixView> matrices) => matrices
        .SelectMany(matrix => matrix.Links.Where(link => link.To == matrix.ServerId).Select(link => new RaftLink(link)))
        .Where(link => link.Describe().Length > 0)
        .ToDictionary(link => (link.From, link.To));

    /// <summary>Links that share a setting share a phrase, or 30 links of one server would be a page.</summary>
    private static string Describe(IReadOnlyList<RaftLink> links, int peers) => string.Join("; ", links
        .GroupBy(link => link.Describe())
        .Select(group => $"to {(group.Count() == peers && peers > 1 ? "all" : string.Join(",", group.Select(link => link.To).Order()))}: {group.Key}"));
}
