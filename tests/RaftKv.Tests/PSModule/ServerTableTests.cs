using RaftKv.Api.Views;
using RaftKv.Commands;

namespace RaftKv.Tests.PSModule;

/// <summary>What Watch-RaftCluster shows.</summary>
public sealed class ServerTableTests
{
    private static readonly DateTime Noon = new(2026, 1, 2, 12, 0, 0, DateTimeKind.Local);

    private static readonly ServerView[] Views =
    [
        new() { Id = 1, Name = "n1", Endpoint = new("http://127.0.0.1:20000"), Answered = true, Role = "Leader", Term = 3, CommitIndex = 120, AppliedIndex = 119, KeyCount = 7 },
        new() { Id = 2, Name = "n2", Endpoint = new("http://127.0.0.1:20001"), Answered = true, Role = "Leader", Term = 2, Muted = true, CommitIndex = 90 },
        new() { Id = 3, Name = "n3", Endpoint = new("http://127.0.0.1:20002"), ProcessState = "Exited" },
    ];

    private static readonly Dictionary<int, string> Whole = [];

    [Fact]
    public void LinesAndLine_OfACutNetwork_SayItBesideEachServersFault()
    {
        Dictionary<int, string> network = new() { [1] = "cut off from 2", [2] = "cut off from 1" };
        IReadOnlyList<string> lines = ServerTable.Lines("orders", Views, network, Noon);
        Assert.Contains(" cut off from 2 ", lines[2], StringComparison.Ordinal);
        Assert.Contains(" muted; cut off from 1 ", lines[3], StringComparison.Ordinal);
        Assert.Equal("12:00:00.000  n1 leads in term 3: n1 Leader 120 (cut off from 2), n2 muted, n3 stopped", ServerTable.Line(Views, network, Noon));
    }

    [Fact]
    public void Lines_OfACluster_NameTheLeaderOfTheHighestTermAndEveryServer()
    {
        IReadOnlyList<string> lines = ServerTable.Lines("orders", Views, Whole, Noon);
        Assert.Equal("orders  12:00:00  n1 leads in term 3  (Ctrl-C ends)", lines[0]);
        Assert.Equal(5, lines.Count);
        Assert.Equal(["n1", "Leader", "3", "120", "119", "7", "http://127.0.0.1:20000/"], Cells(lines[2]));
        Assert.Equal(["n2", "Leader", "2", "90", "0", "0", "muted", "http://127.0.0.1:20001/"], Cells(lines[3]));
        Assert.Equal(["n3", "stopped", "http://127.0.0.1:20002/"], Cells(lines[4]));
        Assert.Equal(lines[1].IndexOf("Endpoint", StringComparison.Ordinal), lines[4].IndexOf("http", StringComparison.Ordinal));
    }

    [Fact]
    public void Line_OfACluster_HoldsEveryServerOnce()
    {
        Assert.Equal("12:00:00.000  n1 leads in term 3: n1 Leader 120, n2 muted, n3 stopped", ServerTable.Line(Views, Whole, Noon));
        Assert.Equal("12:00:00.000  no leader: n3 stopped", ServerTable.Line([Views[2]], Whole, Noon));
    }

    private static string[] Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
