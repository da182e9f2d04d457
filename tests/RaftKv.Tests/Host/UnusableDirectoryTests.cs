using System.Net;
using System.Net.Sockets;
using RaftKv.Api;
using RaftKv.Api.Views;
using RaftKv.Engine.Storage;
using RaftKv.Node;
using RaftKv.Node.Agent;
using RaftKv.Node.Options;

namespace RaftKv.Tests.Host;

/// <summary>
/// A data directory that cannot be used: the process says the true reason in one line and ends with a code, and the agent
/// hands that on with the way out.
/// </summary>
[Collection(AgentsCollection.Name)]
public sealed class UnusableDirectoryTests
{
    [Theory]
    [InlineData(ServerFiles.TextLog)]
    [InlineData(DataDirectory.LockFile)]
    [InlineData(DataDirectory.LogDirectory)]
    [InlineData(DataDirectory.SnapshotDirectory)]
    public async Task Start_WhereADirectoryLiesInAFilesPlaceOrAFileInADirectorys_SaysWhichInOneLine(string name)
    {
        await using var cluster = TestCluster.Prepare(1);
        var path = Path.Combine(cluster.Configs[1].DataPath, name);
        if (name is DataDirectory.LogDirectory or DataDirectory.SnapshotDirectory)
        {
            await File.WriteAllTextAsync(path, "");
        }
        else
        {
            Directory.CreateDirectory(path);
        }

        var error = await Assert.ThrowsAsync<StartException>(() => cluster.StartServerAsync(1));

        Assert.Equal(ExitCode.DataUnusable, error.ExitCode);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("in use", error.Message, StringComparison.Ordinal);
        Assert.Single(error.Message.Split('\n'));
    }

    [Fact]
    public async Task Serve_WithATextLogThatIsADirectory_EndsWithOneLineAndACode()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);
        Directory.CreateDirectory(Path.Combine(config.DataPath, ServerFiles.TextLog));

        var (exitCode, output, errors) = await NodeProcess.RunAsync("serve", "--config", Path.Combine(config.DataPath, "server.json"));
        var told = await Assert.ThrowsAsync<RaftKvException>(() => agent.StartAsync(config.ClusterId, 1, Patience.Limit));

        Assert.Equal(((int)ExitCode.DataUnusable, ""), (exitCode, output));
        Assert.Contains(ServerFiles.TextLog, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(ErrorKind.ServerStartFailed, told.Kind);
        Assert.Contains(errors.Trim(), told.Message, StringComparison.Ordinal);
    }

    /// <summary>The note who holds the lock is for messages only.</summary>
    [Fact]
    public void Lock_WhoseNoteCannotBeWritten_IsTakenAllTheSame()
    {
        var directory = Directory.CreateTempSubdirectory("raftkv-lock-").FullName;
        Directory.CreateDirectory(Path.Combine(directory, DataDirectory.LockOwnerFile));
        using (DataDirectoryLock.Acquire(directory))
        {
            Assert.Null(Assert.Throws<DataDirectoryInUseException>(() => DataDirectoryLock.Acquire(directory)).ProcessId);
        }

        DataDirectoryLock.Acquire(directory).Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_OfAServerWhoseDirectoryIsGone_SaysSoWithTheWayOut(bool wholeDirectory)
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);
        await agent.StartAsync(config.ClusterId, 1, Patience.Limit);
        await agent.StopAsync(config.ClusterId, 1, StopMode.Kill);
        if (wholeDirectory)
        {
            Directory.Delete(config.DataPath, recursive: true);
        }
        else
        {
            File.Delete(Path.Combine(config.DataPath, DataDirectory.IdentityFile));
        }

        var error = await Assert.ThrowsAsync<RaftKvException>(() => agent.StartAsync(config.ClusterId, 1, Patience.Limit));

        Assert.Equal(ErrorKind.DataDirectoryMissing, error.Kind);
        Assert.Contains(config.DataPath, error.Message, StringComparison.Ordinal);
        Assert.Contains("Remove-RaftMember", error.Message, StringComparison.Ordinal);
        Assert.Equal(!wholeDirectory, Directory.Exists(config.DataPath));
    }

    [Fact]
    public async Task Start_OfAServerWhoseConfigAloneIsGone_WritesItAgain()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);
        File.Delete(Path.Combine(config.DataPath, "server.json"));

        Assert.Equal(ServerState.Running, (await agent.StartAsync(config.ClusterId, 1, Patience.Limit)).State);
    }

    /// <summary>A process that ends by itself is never told as one that was not ready in time.</summary>
    [Fact]
    public async Task Child_ThatEndsBeforeItIsReady_IsKnownToHaveEnded()
    {
        var directory = Directory.CreateTempSubdirectory("raftkv-child-").FullName;
        using (var child = ServerChild.Launch(RaftKv.Api.Clusters.NodeExecutable.Find(), Path.Combine(directory, "none.json")))
        {
            Assert.Equal(ReadyWait.Ended, await child.WaitReadyAsync(TestContext.Current.CancellationToken));
            Assert.Equal((int)ExitCode.ConfigInvalid, await child.Exited);
        }

        Directory.Delete(directory);
    }

    [Fact]
    public async Task Start_OnATakenPort_SaysEachTimeThatTheProcessEndedAndWhy()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var config = scope.Config(((IPEndPoint)taken.LocalEndpoint).Port);
        await agent.CreateAsync(config);

        for (var i = 0; i < 5; i++)
        {
            var error = await Assert.ThrowsAsync<RaftKvException>(() => agent.StartAsync(config.ClusterId, 1, Patience.Limit));
            Assert.Equal(ErrorKind.PortInUse, error.Kind);
            Assert.Contains($"ended with exit code {(int)ExitCode.PortInUse}", error.Message, StringComparison.Ordinal);
            Assert.Contains($"{config.Port}", error.Message, StringComparison.Ordinal);
        }
    }
}
