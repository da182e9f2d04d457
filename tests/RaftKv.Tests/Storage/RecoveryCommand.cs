using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Grpc.Net.Client;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Core;
using RaftKv.Tests.Host;
using TestCluster = RaftKv.Tests.Host.TestCluster;

namespace RaftKv.Tests.Storage;

/// <summary>
/// Measures what a server's recovery takes: the process' largest memory (VmHWM of Linux) and the time until it is ready and
/// has applied all, for a log of many small entries over a small state, beside a log of few over the same state.
/// </summary>
internal static class RecoveryCommand
{
    private const string ClusterId = "0123456789abcdef0123456789abcdef";
    private const int LiveKeys = 1000;
    private const int EntriesPerFrame = 1000;

    /// <summary>Measures and prints.</summary>
    /// <param name="arguments">How many entries; ten million unless said otherwise.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>0 when an entry took at most 64 bytes beyond the live state.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output)
    {
        var count = arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 10_000_000;
        var (_, small, _, _, _) = await MeasureAsync(LiveKeys);
        var (atReady, large, ready, applied, logBytes) = await MeasureAsync(count);
        var bytes = (double)(large - small) / count;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} entries, a log of {logBytes / 1e6:N0} MB: ready after {ready.TotalSeconds:N1} s, all applied after {applied.TotalSeconds:N1} s."));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Largest memory {large / 1e6:N0} MB ({atReady / 1e6:N0} MB when it was ready), with {LiveKeys} entries {small / 1e6:N0} MB: {bytes:N1} bytes an entry."));
        return bytes <= 64 ? 0 : 1;
    }

    private static async Task<(long PeakAtReady, long Peak, TimeSpan Ready, TimeSpan Applied, long LogBytes)> MeasureAsync(int entries)
    {
        var directory = Directory.CreateTempSubdirectory("raftkv-recovery-").FullName;
        try
        {
            var config = Prepare(directory, entries);
            var since = Stopwatch.GetTimestamp();
            using var server = NodeProcess.Start("serve", "--config", config);
            var line = JsonDocument.Parse(await server.ReadLineAsync() ?? throw new InvalidOperationException("The server ended."));
            var ready = Stopwatch.GetElapsedTime(since);
            var atReady = PeakOf(server.Id);
            using var channel = GrpcChannel.ForAddress(line.RootElement.GetProperty("endpoint").GetString()!);
            var admin = new Admin.AdminClient(channel);
            await Eventually.GetAsync("all entries to be applied", async () => (await admin.StatusAsync(new StatusRequest())).AppliedIndex >= entries ? "done" : null);
            var applied = Stopwatch.GetElapsedTime(since);
            var logBytes = new DirectoryInfo(Path.Combine(directory, "data", DataDirectory.LogDirectory)).EnumerateFiles().Sum(f => f.Length);
            return (atReady, PeakOf(server.Id), ready, applied, logBytes);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>A server's directory whose log holds puts of the same few keys, and no snapshot.</summary>
    private static string Prepare(string directory, int entries)
    {
        var port = TestCluster.FreePorts(1)[0];
        var data = Path.Combine(directory, "data");
        var config = new ServerConfig
        {
            ClusterId = ClusterId,
            Id = 1,
            Name = "n1",
            Members = [new PeerConfig(1, "n1", new Uri($"http://127.0.0.1:{port}"))],
            DataPath = data,
            Port = port,
            Options = new ServerOptions { SnapshotThresholdEntries = 0, SnapshotThresholdBytes = 0 },
        };
        var identity = NodeIdentity.Create(RealDisk.Instance, data, ClusterId, 1, 1);
        using (var log = WriteAheadLog.Open(
            RealDisk.Instance, Path.Combine(data, DataDirectory.LogDirectory), new WriteAheadLogOptions { Salt = identity.Incarnation }))
        {
            for (var first = 1; first <= entries; first += EntriesPerFrame)
            {
                var count = Math.Min(EntriesPerFrame, entries - first + 1);
                log.Append([new Save(first, first == 1 ? new HardState(new Term(1), new NodeId(1)) : null, null, [.. Enumerable.Range(first, count).Select(Put)])]);
                log.Flush();
            }
        }

        var path = Path.Combine(directory, "server.json");
        File.WriteAllText(path, ClusterJson.Write(config));
        return path;
    }

    private static LogEntry Put(int index) => new(
        new EntryId(new Term(1), new LogIndex(index)),
        EntryKind.Command,
        CommandCodec.Encode(KvStoreTests.Put($"key{index % LiveKeys:D4}", $"{index:D8}")));

    private static long PeakOf(int process) => OperatingSystem.IsLinux()
        ? File.ReadLines($"/proc/{process}/status").Where(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Select(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024).Single()
        : Process.GetProcessById(process).PeakWorkingSet64;
}
