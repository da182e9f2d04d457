using System.Net;
using RaftKv.Api.Clusters;
using RaftKv.Node.Agent;

namespace RaftKv.Tests.Host;

/// <summary>The ports of stopped clusters: kept for as long as a cluster's file says that a server of it listens there.</summary>
public sealed class PortReservationsTests : IDisposable
{
    /// <summary>One on which no other test listens, where the system has such.</summary>
    private static readonly IPAddress Address = OperatingSystem.IsLinux() ? IPAddress.Parse("127.0.0.77") : IPAddress.Loopback;

    private readonly string _directory = Directory.CreateTempSubdirectory("raftkv-ports-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Reserve_APortThatAFileNames_IsKeptOnlyForAServerOfIt(bool onlyTheAgentHasIt, bool isKept)
    {
        var file = Path.Combine(_directory, "cluster.json");
        int port;
        using (var before = new PortReservations(_directory))
        {
            port = Assert.Single(before.Reserve(1, Address, file));
        }

        var server = new Uri($"http://127.0.0.1:{(onlyTheAgentHasIt ? port + 1 : port)}");
        new ClusterSpec
        {
            Name = "kept",
            ClusterId = Guid.NewGuid().ToString("N"),
            Servers = [new ServerSpec(1, "n1", server)],
            Agents = [new AgentSpec(new Uri($"http://127.0.0.1:{port}"), "0123456789abcdef-token")],
        }.Save(file);

        Assert.Equal(isKept, Next(file) > port);
        File.WriteAllText(file, "{ of a later version");
        Assert.True(Next(file) > port, "A file that cannot be read may want its port.");
        File.Delete(file);
        Assert.Equal(port, Next(file));
    }

    /// <summary>Where another user made the directory, or it is none.</summary>
    [Fact]
    public void Reserve_WhereTheDirectoryCannotBeUsed_NamesItAndTheWayOut()
    {
        var file = Path.Combine(_directory, "raftkv-ports-");
        File.WriteAllText(file, "");
        using var ports = new PortReservations(file);
        var error = Assert.Throws<IOException>(() => ports.Reserve(1, Address));
        Assert.Contains($"'{file}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("TMP", error.Message, StringComparison.Ordinal);
    }

    private int Next(string keptBy)
    {
        using var after = new PortReservations(_directory);
        return Assert.Single(after.Reserve(1, Address, keptBy));
    }
}
