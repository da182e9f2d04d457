using System.Security.Cryptography;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Launch;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Host;

/// <summary>A stopped cluster of which one server's data is gone or damaged: who starts it is told, and can start the others.</summary>
[Collection(AgentsCollection.Name)]
public sealed class LostServerTests
{
    private static readonly (string Damage, ErrorKind Expected)[] Damages =
    [
        ("a flipped bit", ErrorKind.ServerStartFailed),
        ("no log", ErrorKind.ServerStartFailed),
        ("a damaged identity", ErrorKind.ServerStartFailed),
        ("a directory where its lock belongs", ErrorKind.ServerStartFailed),
        ("the directory of another", ErrorKind.DataDirectoryMissing),
    ];

    /// <summary>One damage after the other, each to what was there before it.</summary>
    [Fact]
    public async Task P7_Start_WithOneDamagedServer_IsRefusedWithTheWayOutAndStartsTheOthersWhenToldTo()
    {
        await using var scope = new AgentScope();
        var (data, lost) = await MakeAsync(scope);
        var whole = Path.Combine(scope.Home, "whole");
        Copy(lost, whole);
        foreach (var (damage, expected) in Damages)
        {
            Damage(damage, data);
            var before = FilesOf(lost);

            var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept" }));
            Assert.True(expected == error.Kind, $"{damage}: {error.Kind}, {error.Message}");
            Assert.All(new[] { "n3", lost, "Start-RaftCluster kept -SkipMissing", "Remove-RaftMember", "Add-RaftMember" }, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));

            var said = new List<string>();
            var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", SkipMissing = true, OnWarning = said.Add });
            Assert.Contains("without n3", Assert.Single(said), StringComparison.Ordinal);
            Assert.Contains(lost, said[0], StringComparison.Ordinal);
            Assert.Equal(KeptCluster.Value, await KeptCluster.ReadAsync(spec));
            Assert.Equal(before, FilesOf(lost));

            await LocalCluster.StopAsync(spec);
            Directory.Delete(lost, recursive: true);
            Copy(whole, lost);
        }
    }

    /// <summary>Two of three are lost: the others can be started to be looked at, and who does so is told why none of them will lead.</summary>
    [Fact]
    public async Task P7_Start_WithoutAMajority_SaysTheArithmeticAndTheWayOut()
    {
        await using var scope = new AgentScope();
        var (data, lost) = await MakeAsync(scope);
        Directory.Move(lost, Path.Combine(scope.Home, "n3"));
        Directory.Move(Path.Combine(data, "n2"), Path.Combine(scope.Home, "n2"));

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept" }));
        Assert.Equal(ErrorKind.DataDirectoryMissing, error.Kind);
        Assert.All(new[] { "1 of 3 servers", "a majority is 2", "-Surviving" }, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));

        var said = new List<string>();
        await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", SkipMissing = true, OnWarning = said.Add });
        Assert.Equal(2, said.Count);
        Assert.All(said, warning => Assert.Contains("a majority is 2", warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task P7_Start_WithoutAnyServersData_NamesTheParameterForWhereItWasMoved()
    {
        await using var scope = new AgentScope();
        var (data, _) = await MakeAsync(scope);
        var moved = Path.Combine(scope.Home, "moved");
        Directory.Move(data, moved);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept" }));
        Assert.Equal(ErrorKind.DataDirectoryMissing, error.Kind);
        Assert.Contains("Start-RaftCluster kept -DataPath", error.Message, StringComparison.Ordinal);

        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", DataPath = moved });
        Assert.Equal(KeptCluster.Value, await KeptCluster.ReadAsync(spec));
    }

    /// <summary>An empty directory must not take its place, and its own is taken in again.</summary>
    [Fact]
    public async Task P7_StartServer_ThatWasLeftOut_WorksOnceItsDirectoryIsBack()
    {
        await using var scope = new AgentScope();
        var (data, lost) = await MakeAsync(scope);
        Directory.Move(lost, Path.Combine(data, "away"));
        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", SkipMissing = true });
        await using var client = new ClusterClient(spec, new ClientOptions { Deadline = Patience.Limit });

        var error = await Assert.ThrowsAsync<RaftKvException>(() => ServerStart.StartAsync(client, 3, Patience.Limit));
        Assert.Equal(ErrorKind.DataDirectoryMissing, error.Kind);
        Assert.All(new[] { lost, "Remove-RaftMember n3", "Add-RaftMember" }, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.False(Directory.Exists(lost));

        Directory.Move(Path.Combine(data, "away"), lost);
        await ServerStart.StartAsync(client, 3, Patience.Limit);
        await Eventually.GetAsync("n3 has everything", async () =>
            (await client.Admin.GetAllStatusAsync()) is var all && all[3] is { } third && third.AppliedIndex == all.Values.Max(s => s?.AppliedIndex ?? 0) ? third : null);
    }

    [Fact]
    public async Task StartServer_ThatAnotherSessionRemoved_StartsNothing()
    {
        await using var scope = new AgentScope();
        await MakeAsync(scope);
        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept" });
        await using var stale = new ClusterClient(spec, new ClientOptions { Deadline = Patience.Limit });
        await using (var other = new ClusterClient(spec, new ClientOptions { Deadline = Patience.Limit }))
        {
            await ClusterMembership.RemoveAsync(other, 3);
        }

        var error = await Assert.ThrowsAsync<RaftKvException>(() => ServerStart.StartAsync(stale, 3, Patience.Limit));

        Assert.Equal(ErrorKind.ServerNotFound, error.Kind);
        Assert.Equal(2, (await stale.AgentOf(1).ListAsync(spec.ClusterId)).Count);
    }

    private static async Task<(string Data, string OfThird)> MakeAsync(AgentScope scope)
    {
        await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 3 });
        return (KeptCluster.DataOf(scope), Path.Combine(KeptCluster.DataOf(scope), "n3"));
    }

    private static void Damage(string damage, string data)
    {
        var third = Path.Combine(data, "n3");
        var log = Path.Combine(third, DataDirectory.LogDirectory);
        switch (damage)
        {
            case "a flipped bit":
                Flip(Directory.GetFiles(log, "*.wal").Min(StringComparer.Ordinal)!, LogFormat.SegmentHeaderBytes + LogFormat.FrameHeaderBytes + 1);
                break;
            case "no log":
                Directory.Delete(log, recursive: true);
                break;
            case "a damaged identity":
                Flip(Path.Combine(third, DataDirectory.IdentityFile), 3);
                break;
            case "a directory where its lock belongs":
                File.Delete(Path.Combine(third, DataDirectory.LockFile));
                Directory.CreateDirectory(Path.Combine(third, DataDirectory.LockFile));
                break;
            default:
                File.Copy(Path.Combine(data, "n2", DataDirectory.IdentityFile), Path.Combine(third, DataDirectory.IdentityFile), overwrite: true);
                break;
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var directory in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        }

        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }

    private static void Flip(string path, int offset)
    {
        using var file = File.Open(path, FileMode.Open);
        file.Position = offset;
        var flipped = (byte)(file.ReadByte() ^ 1);
        file.Position = offset;
        file.WriteByte(flipped);
    }

    /// <summary>The files that hold data, with all that is in them; locks, text log and config are the agent's and the process'.</summary>
    private static List<string> FilesOf(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is var name && name != "server.json" && !name.StartsWith("lock", StringComparison.Ordinal) && !name.StartsWith("server.log", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(file => $"{file} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"),
    ];
}
