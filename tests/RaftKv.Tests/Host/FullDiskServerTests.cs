using System.Diagnostics;
using System.Text;
using RaftKv.Api;
using RaftKv.Api.Backups;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Views;
using RaftKv.Node.Options;

namespace RaftKv.Tests.Host;

/// <summary>A server whose disk is full waits, and all who ask are told what for (P11).</summary>
[Collection(ServersCollection.Name)]
public sealed class FullDiskServerTests : IDisposable
{
    /// <summary>There is room for one segment of the log and not for two, until a line comes; the end of the input ends it.</summary>
    private const string Script = """
        node=$1 data=$2 dir=$3
        mount -t tmpfs -o size=24m,mode=755 tmpfs "$data" || exit 99
        "$node" init --config "$dir/server.json" >/dev/null || exit 98
        "$node" serve --config "$dir/server.json" </dev/null >/dev/null 2>&1 &
        server=$!; echo started
        if read -r line; then mount -o remount,size=96m "$data"; read -r line; fi
        kill $server; wait $server; exit 0
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("raftkv-full-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Server_WhoseDiskIsFull_SaysSoInItsStatusItsLogAndItsRefusals_UntilThereIsRoom()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Mounting needs Linux and root.");
        var data = Directory.CreateDirectory(Path.Combine(_directory, "data")).FullName;
        var spec = await WriteConfigAsync(data);
        using var process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "sh", "-c", Script, "sh", NodeExecutable.Find(), data, _directory])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            Assert.SkipWhen(await process.StandardOutput.ReadLineAsync().WaitAsync(Patience.Limit) is null, "This container may not mount.");
            await using var client = new ClusterClient(spec, new ClientOptions { Deadline = TimeSpan.FromSeconds(2) });
            await using var kv = client.CreateKvClient();
            var waiting = $"waits for room on the disk of {data}";

            // By the leader, or for want of one: a server that a busy machine let step down has no room to note that it campaigns.
            var refused = await Eventually.GetAsync(
                "a write that is refused for it", async () => await PutAsync(kv) is { } error && error.Message.Contains(waiting, StringComparison.Ordinal) ? error : null);
            Assert.True(refused.Kind is ErrorKind.Overloaded or ErrorKind.NoLeader, refused.Message);
            Assert.Equal(waiting, (await ViewAsync(client)).Waiting);
            Assert.Single(await LinesAsync(process.Id, data, "3016"), line => line.Contains(" WRN ", StringComparison.Ordinal) && line.Contains(waiting, StringComparison.Ordinal));
            Assert.Contains($"n1 {waiting}. Make room", await ClusterBackup.WayOutAsync(client, CancellationToken.None), StringComparison.Ordinal);

            await process.StandardInput.WriteLineAsync("room");
            await process.StandardInput.FlushAsync();
            await Eventually.GetAsync("a write that succeeds", async () => await PutAsync(kv) is null ? "done" : null);
            Assert.Equal("", (await ViewAsync(client)).Waiting);
            Assert.Contains(await LinesAsync(process.Id, data, "3017"), line => line.Contains(" INF ", StringComparison.Ordinal) && line.Contains(data, StringComparison.Ordinal));
            Assert.Single(await LinesAsync(process.Id, data, "3016"));
        }
        finally
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(Patience.Limit);
        }
    }

    private async Task<ClusterSpec> WriteConfigAsync(string data)
    {
        var endpoint = new Uri($"http://127.0.0.1:{TestCluster.FreePorts(1)[0]}");
        var config = new ServerConfig
        {
            ClusterId = Guid.NewGuid().ToString("N"),
            Id = 1,
            Name = "n1",
            Members = [new PeerConfig(1, "n1", endpoint)],
            DataPath = data,
            Port = endpoint.Port,
        };
        await File.WriteAllTextAsync(Path.Combine(_directory, "server.json"), ClusterJson.Write(config));
        return new ClusterSpec { Name = "full", ClusterId = config.ClusterId, Servers = [new ServerSpec(1, "n1", endpoint)] };
    }

    private static async Task<RaftKvException?> PutAsync(KvClient kv)
    {
        try
        {
            await kv.PutAsync("the same key"u8.ToArray(), Encoding.UTF8.GetBytes(new string('x', 512 * 1024)));
            return null;
        }
        catch (RaftKvException e)
        {
            return e;
        }
    }

    private static Task<ServerView> ViewAsync(ClusterClient client) =>
        Eventually.GetAsync("the server answers", async () => (await client.GetAnsweringViewsAsync()).SingleOrDefault());

    /// <summary>The lines of an event in the text log, which lies on a file system that only that process sees.</summary>
    private static Task<string[]> LinesAsync(int processId, string data, string eventId) => Eventually.GetAsync($"a line of event {eventId}", async () =>
    {
        var log = await File.ReadAllLinesAsync($"/proc/{processId}/root{Path.Combine(data, ServerFiles.TextLog)}");
        return log.Where(line => line.Contains($" {eventId} ", StringComparison.Ordinal)).ToArray() is { Length: > 0 } lines ? lines : null;
    });
}
