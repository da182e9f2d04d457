using System.ComponentModel;
using System.Diagnostics;
using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;
using RaftKv.Node;
using RaftKv.Node.Options;

namespace RaftKv.Tests.Host;

/// <summary>A file system that takes nothing, on a real one that is mounted for the test: full, out of inodes, read-only, another user's.</summary>
[Collection(ServersCollection.Name)]
public sealed class UnusableDiskTests : IDisposable
{
    /// <summary>A server that did start is ended after a while, and its code is another one then.</summary>
    private const string Script = """
        node=$1 data=$2 dir=$3 as=
        serve() { timeout 100 $as "$node" serve --config "$dir/server.json" >"$dir/out" 2>"$dir/err"; echo "$1|$?|$(cat "$dir/out")|$(cat "$dir/err")"; }
        mount -t tmpfs -o size=2m,nr_inodes=64,mode=755 tmpfs "$data" || exit 99
        "$node" init --config "$dir/server.json" >/dev/null || exit 98
        dd if=/dev/zero of="$data/fill" bs=4k 2>/dev/null; serve full; rm "$data/fill"
        rm -f "$data"/*.log* "$data"/lock*; i=0; while touch "$data/f$i" 2>/dev/null; do i=$((i+1)); done; serve inodes; rm "$data"/f*
        mount -o remount,ro "$data"; serve read-only; mount -o remount,rw "$data"
        touch "$data/server.log"; chmod 755 "$dir"; chmod 644 "$dir/server.json"; chmod -R a+r "$data"
        if command -v setpriv >/dev/null; then as="setpriv --reuid 12345 --regid 12345 --clear-groups env HOME=$dir"; $as test -x "$node" && serve not-ours; fi
        exit 0
        """;

    private static readonly Dictionary<string, string> WayOut = new()
    {
        ["full"] = "make room",
        ["inodes"] = "make room",
        ["read-only"] = "mount it for writing",
        ["not-ours"] = "must own it or be allowed to write there",
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("raftkv-disk-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Serve_WhereTheFileSystemTakesNothing_EndsWithOneLineACodeAndTheWayOut()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Mounting needs Linux and root.");
        var data = Directory.CreateDirectory(Path.Combine(_directory, "data")).FullName;
        var port = TestCluster.FreePorts(1)[0];
        await File.WriteAllTextAsync(Path.Combine(_directory, "server.json"), ClusterJson.Write(new ServerConfig
        {
            ClusterId = Guid.NewGuid().ToString("N"),
            Id = 1,
            Name = "n1",
            Members = [new PeerConfig(1, "n1", new Uri($"http://127.0.0.1:{port}"))],
            DataPath = data,
            Port = port,
        }));

        var said = await RunAsync("unshare", "--mount", "sh", "-c", Script, "sh", NodeExecutable.Find(), data, _directory);

        Assert.SkipWhen(said is null, "This container may not mount.");
        Assert.Equal(["full", "inodes", "read-only"], said!.Select(line => line.Split('|')[0]).Except(["not-ours"]));
        foreach (var line in said!)
        {
            Assert.Equal(((int)ExitCode.DataUnusable, ""), (int.Parse(line.Split('|')[1]), line.Split('|')[2]));
            Assert.Contains(data, line, StringComparison.Ordinal);
            Assert.Contains(WayOut[line.Split('|')[0]], line, StringComparison.Ordinal);
            Assert.DoesNotContain("in use", line, StringComparison.Ordinal);
        }
    }

    /// <summary>The same where nothing can be mounted.</summary>
    [Theory]
    [InlineData(ServerFiles.TextLog)]
    [InlineData(DataDirectory.LockFile)]
    public void Explain_ARefusalOfTheSystem_SaysWhatAUserCanDo(string name)
    {
        var text = DiskTrouble.Explain(new UnauthorizedAccessException($"Access to the path '/data/{name}' is denied."));
        Assert.Contains(name, text, StringComparison.Ordinal);
        Assert.Contains("must own it or be allowed to write there", text, StringComparison.Ordinal);
        Assert.Single(text.Split('\n'));
    }

    private static async Task<string[]?> RunAsync(string file, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience.Limit);
            await process.WaitForExitAsync();
            return process.ExitCode == 99 || (process.ExitCode == 1 && output.Length == 0) ? null : output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
