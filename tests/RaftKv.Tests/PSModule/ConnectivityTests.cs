using RaftKv.Api.Clusters;
using RaftKv.Api.Views;

namespace RaftKv.Tests.PSModule;

/// <summary>The matrix of who reaches whom.</summary>
public sealed class ConnectivityTests
{
    [Fact]
    public void From_ABlockOnEitherSide_Counts()
    {
        IReadOnlyList<RaftConnectivity> rows = RaftConnectivity.From(
            [Matrix(1, Block(1, 3)), Matrix(2), new MatrixView(3, false, false, 0, [])], Cluster(3));
        Assert.Equal(["1 2 .", "1 2 3", "1 2 3"], rows.Select(row => row.Row));
        Assert.Equal([3], rows[0].Blocked);
        Assert.False(rows[2].Answered);
    }

    [Fact]
    public void From_AMutedServer_ReachesNobodyAndIsReachedByNobody()
    {
        IReadOnlyList<RaftConnectivity> rows = RaftConnectivity.From([Matrix(1), Matrix(2) with { Muted = true }, Matrix(3)], Cluster(3));
        Assert.Equal(["1 . 3", ". 2 .", "1 . 3"], rows.Select(row => row.Row));
    }

    [Fact]
    public void From_ALossyLink_IsDescribedByItsReceiver()
    {
        LinkView lossy = new(1, 2) { DropRate = 0.1, DelayMs = 20, JitterMs = 5 };
        IReadOnlyList<RaftConnectivity> rows = RaftConnectivity.From([Matrix(1, lossy), Matrix(2, lossy), Matrix(3, lossy)], Cluster(3));
        Assert.Equal("to 2: drop 10%, delay 20\u00b15 ms", rows[0].Link);
        Assert.Empty(rows[1].Link);
    }

    [Fact]
    public void From_ManyServers_FitsALine()
    {
        LinkView slow = new(12, 31) { DelayMs = 20 };
        IReadOnlyList<RaftConnectivity> rows = RaftConnectivity.From(
            [.. Enumerable.Range(1, 31).Select(id => Matrix(id, Block(12, 3), slow))], Cluster(31));
        Assert.Equal("1234567890 1234567890 1234567890 1", rows[0].Row);
        Assert.Equal("12.4567890 1234567890 1234567890 ~", rows[11].Row);
    }

    private static MatrixView Matrix(int server, params LinkView[] links) => new(server, true, false, 1, links);

    private static LinkView Block(int from, int to) => new(from, to) { Blocked = true };

    private static RaftCluster Cluster(int count) => RaftCluster.From(new ClusterSpec
    {
        Name = "c",
        ClusterId = Guid.NewGuid().ToString("N"),
        Servers = [.. Enumerable.Range(1, count).Select(id => new ServerSpec(id, $"n{id}", new Uri($"http://127.0.0.1:{20000 + id}")))],
    });
}
