using System.Diagnostics;
using System.Reflection;
using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Engine.Storage;
using RaftKv.Node.Observability;
using RaftKv.Node.Options;
using RaftKv.Tests.Host;

namespace RaftKv.Tests.Api;

/// <summary>Whose data it is and who is alive: nothing is deleted, reused or ended on a guess.</summary>
[Collection(AgentsCollection.Name)]
public sealed class ClusterOwnershipTests
{
    /// <summary>An id that was given again, as after a reboot: the process that has it now is another's.</summary>
    [Fact]
    public async Task Stop_WhoseAgentsIdBelongsToAnotherProcess_LeavesThatProcessAlone()
    {
        await using var scope = new AgentScope();
        using var other = StartOther();
        try
        {
            var identity = ProcessIdentity.Of(Environment.ProcessId);
            var spec = Kept(scope, "A", other.Id, identity).Save();

            Assert.Equal(AgentState.Ended, LocalCluster.StateOf(spec));
            await LocalCluster.StopAsync(spec);
            await LocalCluster.RemoveAsync(spec);

            Assert.False(other.HasExited);
            Assert.False(Directory.Exists(Path.Combine(spec.DataPath!, "n1")));
        }
        finally
        {
            other.Kill();
        }
    }

    /// <summary>What a session in another container, on another machine or after a reboot sees of a cluster that may be alive.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("elsewhere/0f0f0f0f-0000-0000-0000-000000000000/pid:[1]/17")]
    public async Task Remove_OfAClusterThatCannotBeSeen_DeletesNothingAndSaysWhatToDo(string? identity)
    {
        await using var scope = new AgentScope();
        var kept = Kept(scope, "A", int.MaxValue, identity).Save();
        var temporary = (Kept(scope, "B", int.MaxValue, identity) with { DataIsTemporary = true }).Save();

        var claim = await NameClaim.TakeAsync("other", CancellationToken.None);
        await claim.GiveBackAsync();
        foreach (var spec in new[] { kept, temporary })
        {
            var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.RemoveAsync(spec));
            Assert.Equal(ErrorKind.ServerRunning, error.Kind);
            Assert.Contains(spec.DataPath!, error.Message, StringComparison.Ordinal);
            Assert.Contains(spec.Path!, error.Message, StringComparison.Ordinal);
            Assert.True(File.Exists(spec.Path));
            Assert.True(Directory.Exists(Path.Combine(spec.DataPath!, "n1")));
            File.Delete(spec.Path!);
        }
    }

    /// <summary>A server that outlived its agent holds its directory, under whatever name its executable runs.</summary>
    [Fact]
    public async Task Remove_WhileAServerHoldsItsDirectory_DeletesNothing()
    {
        await using var scope = new AgentScope();
        var spec = (Kept(scope, "A", int.MaxValue, ProcessIdentity.Of(Environment.ProcessId)) with { DataIsTemporary = true }).Save();
        using (DataDirectoryLock.Acquire(Path.Combine(spec.DataPath!, "n1")))
        {
            var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.RemoveAsync(spec));
            Assert.Equal(ErrorKind.DataDirectoryInUse, error.Kind);

            var claim = await NameClaim.TakeAsync("other", CancellationToken.None);
            await claim.GiveBackAsync();
            Assert.True(Directory.Exists(Path.Combine(spec.DataPath!, "n1")));
            Assert.True(File.Exists(spec.Path));
        }

        await LocalCluster.RemoveAsync(spec);
        Assert.False(Directory.Exists(Path.Combine(spec.DataPath!, "n1")));
    }

    /// <summary>Servers that were removed from the cluster leave directories too; another cluster's in the same place stay.</summary>
    [Fact]
    public async Task Remove_DeletesAllDirectoriesOfTheClusterAndNoOthers()
    {
        await using var scope = new AgentScope();
        var spec = Kept(scope, "A", int.MaxValue, ProcessIdentity.Of(Environment.ProcessId)).Save();
        Identify(Path.Combine(spec.DataPath!, "n4"), spec.ClusterId);
        Identify(Path.Combine(spec.DataPath!, "n2"), Guid.NewGuid().ToString("N"));

        await LocalCluster.RemoveAsync(spec);

        Assert.Equal(["n2"], Directory.EnumerateDirectories(spec.DataPath!).Select(Path.GetFileName));
    }

    /// <summary>What a user put beside a server's files, or copied with its directory, is the user's; what is left is told.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Remove_WhereAUsersFilesLie_LeavesThemAndCopies(bool isBehindALink)
    {
        await using var scope = new AgentScope();
        var spec = Kept(scope, "A", int.MaxValue, ProcessIdentity.Of(Environment.ProcessId)).Save();
        var server = Path.Combine(spec.DataPath!, "n1");
        var config = ClusterJson.Write(new ServerConfig { ClusterId = spec.ClusterId, Id = 1, Name = "n1", Members = [], DataPath = server, Port = 1 });
        await File.WriteAllTextAsync(Path.Combine(server, "server.json"), config);
        var copy = Path.Combine(spec.DataPath!, "n1.backup");
        Identify(copy, spec.ClusterId);
        await File.WriteAllTextAsync(Path.Combine(copy, "server.json"), config);
        var place = server;
        if (isBehindALink)
        {
            place = Path.Combine(scope.Home, "disk2");
            Directory.Move(server, place);
            Directory.CreateSymbolicLink(server, place);
        }

        Directory.CreateDirectory(Path.Combine(place, "photos"));
        await File.WriteAllTextAsync(Path.Combine(place, "photos", "a.jpg"), "a photo");

        Assert.Equal([place], await LocalCluster.RemoveAsync(spec));

        Assert.Equal([Path.Combine(place, "photos")], Directory.GetFileSystemEntries(place));
        Assert.True(File.Exists(Path.Combine(place, "photos", "a.jpg")));
        Assert.True(File.Exists(Path.Combine(copy, "identity.json")));
    }

    /// <summary>Every file that engine, server and agent have a name for is a server's, so that nothing of one is left.</summary>
    [Fact]
    public void Delete_OfAServersDirectory_KnowsAllThatIsWrittenThere()
    {
        using var directory = new TemporaryDirectory();
        var server = Directory.CreateDirectory(directory.File("n1")).FullName;
        string[] names =
        [
            .. Names(typeof(DataDirectory)), .. Names(typeof(ServerFiles)), FirstMembership.FileName, PeerRegistry.FileName, "seed.part",
            TextLogFile.PreviousOf(ServerFiles.TextLog),
        ];
        foreach (var name in names)
        {
            if (name is DataDirectory.LogDirectory or DataDirectory.SnapshotDirectory)
            {
                Directory.CreateDirectory(Path.Combine(server, name, "in it"));
            }
            else
            {
                File.WriteAllText(Path.Combine(server, name), "");
                File.WriteAllText(Path.Combine(server, name + ".new"), "");
                File.WriteAllText(Path.Combine(server, $"{name}.{Guid.NewGuid():N}.tmp"), "");
            }
        }

        Assert.Null(ServerData.Delete(server));
        Assert.False(Directory.Exists(server));
        Assert.True(names.Length > 10, "few names were found: the test tests little");
    }

    /// <summary>A user's file may be called as the agent's log is.</summary>
    [Fact]
    public async Task Remove_WhereAUsersAgentLogLies_LeavesIt()
    {
        await using var scope = new AgentScope();
        var spec = Kept(scope, "A", int.MaxValue, ProcessIdentity.Of(Environment.ProcessId)).Save();
        var log = Path.Combine(spec.DataPath!, "agent.log");
        await File.WriteAllTextAsync(log, "my notes of the agent\n");
        await LocalCluster.RemoveAsync(spec);
        Assert.True(File.Exists(log));
    }

    /// <summary>A user may have moved a server's directory to another disk, and the place of all of them.</summary>
    [Fact]
    public async Task Remove_OfWhatLiesBehindLinks_DeletesTheDataAndNotTheUsersLink()
    {
        await using var scope = new AgentScope();
        var spec = Kept(scope, "A", int.MaxValue, ProcessIdentity.Of(Environment.ProcessId));
        string At(string name) => Path.Combine(scope.Home, name);
        Directory.Move(Path.Combine(spec.DataPath!, "n1"), At("moved"));
        Directory.CreateSymbolicLink(Path.Combine(spec.DataPath!, "n1"), At("moved"));
        Directory.CreateSymbolicLink(At("link"), spec.DataPath!);

        await LocalCluster.RemoveAsync((spec with { DataPath = At("link") }).Save());

        Assert.False(Directory.Exists(At("moved")));
        Assert.True(Directory.Exists(At("link")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(spec.DataPath!));
    }

    /// <summary>A file that a hand has spoilt: its cluster is not taken for one that is not there.</summary>
    [Fact]
    public async Task Find_WhereTheFileCannotBeUsed_SaysSo()
    {
        await using var scope = new AgentScope();
        var spec = Kept(scope, "A", int.MaxValue, ProcessIdentity.Of(Environment.ProcessId)).Save();
        File.WriteAllText(spec.Path!, "{");
        var told = new List<RaftKvException>();

        Assert.Empty(LocalCluster.List(told.Add));
        Assert.Contains(spec.Path!, Assert.Single(told).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.ClusterFileInvalid, Assert.Throws<RaftKvException>(() => LocalCluster.Find("A")).Kind);
        Assert.Null(LocalCluster.Find("B"));
    }

    [Fact]
    public async Task Take_ANameThatDiffersByCaseAlone_IsThatCluster()
    {
        await using var scope = new AgentScope();
        var running = Kept(scope, "Raft1", Environment.ProcessId, ProcessIdentity.Of(Environment.ProcessId)).Save();
        var taken = await Assert.ThrowsAsync<RaftKvException>(() => NameClaim.TakeAsync("raft1", CancellationToken.None));
        Assert.Contains("'Raft1'", taken.Message, StringComparison.Ordinal);
        File.Delete(running.Path!);

        var stopped = Kept(scope, "Raft2", int.MaxValue, ProcessIdentity.Of(Environment.ProcessId)).Save();
        var claim = await NameClaim.TakeAsync("raft2", CancellationToken.None);
        Assert.Equal(("Raft2", stopped.ClusterId), (claim.Name, claim.Stopped?.ClusterId));
        await claim.GiveBackAsync();
    }

    [Fact]
    public void StateOf_AProcessOfAnyName_IsToldByWhenItStarted()
    {
        using var other = StartOther();
        var identity = ProcessIdentity.Of(other.Id);
        Assert.NotNull(identity);
        Assert.Equal(AgentState.Running, ProcessIdentity.StateOf(other.Id, identity));
        other.Kill();
        other.WaitForExit();
        Assert.Equal(AgentState.Ended, ProcessIdentity.StateOf(other.Id, identity));
        Assert.Equal(AgentState.Ended, ProcessIdentity.StateOf(Environment.ProcessId, identity));
        Assert.Equal(AgentState.Unknown, ProcessIdentity.StateOf(Environment.ProcessId, null));
    }

    private static Process StartOther() => Process.Start(new ProcessStartInfo(OperatingSystem.IsWindows() ? "ping" : "sleep", OperatingSystem.IsWindows() ? "-n 600 127.0.0.1" : "600")
    {
        RedirectStandardOutput = true,
    })!;

    /// <summary>A cluster of one server with data on disk, whose agent was the given process; nothing listens at its endpoints.</summary>
    private static ClusterSpec Kept(AgentScope scope, string name, int processId, string? identity)
    {
        var spec = new ClusterSpec
        {
            Name = name,
            ClusterId = Guid.NewGuid().ToString("N"),
            Servers = [new(1, "n1", new Uri("http://127.0.0.1:1"), 0)],
            Agents = [new(new Uri("http://127.0.0.1:1"), "secret-token-secret", processId, identity)],
            DataPath = Path.Combine(scope.Home, "raftkv-" + name),
            Preset = "Default",
            Options = ServerOptions.Default,
            CreatedUtc = DateTimeOffset.UnixEpoch,
        };
        Identify(Path.Combine(spec.DataPath, "n1"), spec.ClusterId);
        return spec;
    }

    private static IEnumerable<string> Names(Type type) =>
        type.GetFields(BindingFlags.Static | BindingFlags.Public).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);

    private static void Identify(string directory, string clusterId)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "identity.json"), $$"""{ "clusterId": "{{clusterId}}" }""");
    }
}
