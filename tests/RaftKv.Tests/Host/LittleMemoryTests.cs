using RaftKv.Api.Clusters;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Storage;
using RaftKv.Node;
using RaftKv.Tests.Core;
using RaftKv.Tests.Storage;

namespace RaftKv.Tests.Host;

/// <summary>A server that may not take the memory that its state needs.</summary>
[Collection(ServersCollection.Name)]
public sealed class LittleMemoryTests : IDisposable
{
    private const string ClusterId = "0123456789abcdef0123456789abcdef";
    private const int ValueBytes = 1024 * 1024;
    private const int Values = 96;

    private readonly string _directory = Directory.CreateTempSubdirectory("raftkv-memory-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Serve_WithTooLittleMemoryForItsState_EndsWithOneLineAndACode()
    {
        var config = Prepare();
        var little = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x3000000" };

        var (exitCode, output, errors) = await NodeProcess.RunAsync(little, "serve", "--config", config);

        Assert.Equal(((int)ExitCode.OutOfMemory, ""), (exitCode, output));
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("not enough memory for the data of server n1", line, StringComparison.Ordinal);
        Assert.Contains("48 MiB. Allow it more", line, StringComparison.Ordinal);
    }

    /// <summary>A directory whose snapshot is twice as large as the memory will be.</summary>
    private string Prepare()
    {
        var port = TestCluster.FreePorts(1)[0];
        var data = Path.Combine(_directory, "data");
        NodeIdentity.Create(RealDisk.Instance, data, ClusterId, 1, 1);
        var store = new KvStore();
        for (var i = 1; i <= Values; i++)
        {
            var command = new Command { Kind = CommandKind.Put, Key = KvStoreTests.B($"key{i}"), Value = new byte[ValueBytes] };
            store.Apply(new LogEntry(SnapshotSamples.At(i, 1), EntryKind.Command, CommandCodec.Encode(command)));
        }

        using var snapshots = SnapshotStore.Open(RealDisk.Instance, Path.Combine(data, DataDirectory.SnapshotDirectory));
        snapshots.Save(new SnapshotMeta(SnapshotSamples.At(Values, 1), new LogIndex(1), Configuration.Of([new NodeId(1)])), store.View);
        var path = Path.Combine(_directory, "server.json");
        File.WriteAllText(path, ClusterJson.Write(new ServerConfig
        {
            ClusterId = ClusterId,
            Id = 1,
            Name = "n1",
            Members = [new PeerConfig(1, "n1", new Uri($"http://127.0.0.1:{port}"))],
            DataPath = data,
            Port = port,
            ExitOnStdinClose = true,
        }));
        return path;
    }
}
