using System.Text.Json;
using Grpc.Net.Client;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Node;

namespace RaftKv.Tests.Host;

/// <summary>The executable as scripts and agents see it: output, exit codes, and when it ends.</summary>
[Collection(ServersCollection.Name)]
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = TestCluster.FreePorts(1)[0];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Serve_Ready_PrintsOneJsonLineAndEndsOnSigterm()
    {
        using var server = await StartAsync();

        server.Terminate();

        Assert.Equal(0, await server.ExitAsync());
        Assert.Equal("", await server.ReadRestAsync());
    }

    [Fact]
    public async Task Serve_EndOfInput_Ends()
    {
        using var server = await StartAsync(c => c with { ExitOnStdinClose = true });

        server.CloseInput();

        Assert.Equal(0, await server.ExitAsync());
    }

    [Fact]
    public async Task Exit_OverTheWire_EndsWithItsCode()
    {
        using var server = await StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_port}");

        await new Admin.AdminClient(channel).ExitAsync(new ExitRequest { ExitCode = 7 });

        Assert.Equal(7, await server.ExitAsync());
    }

    [Fact]
    public async Task Kill_AndStartAgain_NeedsNoCare()
    {
        using (var server = await StartAsync())
        {
            server.Kill();
            await server.ExitAsync();
        }

        using var again = NodeProcess.Start("serve", "--config", ConfigPath);

        Assert.Contains("\"ready\":true", await again.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_Twice_LeavesTheFirst()
    {
        WriteConfig();
        var first = await NodeProcess.RunAsync("init", "--config", ConfigPath);
        var second = await NodeProcess.RunAsync("init", "--config", ConfigPath);

        Assert.Equal((int)ExitCode.Success, first.ExitCode);
        Assert.Contains("incarnation", first.Output, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.AlreadyInitialised, second.ExitCode);
        Assert.Contains("already belongs to server 1", second.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_WithoutInit_SaysHow()
    {
        WriteConfig();

        var (exitCode, output, errors) = await NodeProcess.RunAsync("serve", "--config", ConfigPath);

        Assert.Equal(((int)ExitCode.DataUnusable, ""), (exitCode, output));
        Assert.Contains("raftkv-node init", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_WithoutPurpose_IsAUsageError()
    {
        Assert.Equal((int)ExitCode.Usage, (await NodeProcess.RunAsync()).ExitCode);
        Assert.Equal((int)ExitCode.Usage, (await NodeProcess.RunAsync("serve")).ExitCode);
        Assert.Equal((int)ExitCode.Usage, (await NodeProcess.RunAsync("fly")).ExitCode);
        Assert.Equal((int)ExitCode.Success, (await NodeProcess.RunAsync("--help")).ExitCode);
    }

    [Fact]
    public async Task Serve_FaultyConfig_ListsAllFaults()
    {
        WriteConfig(c => c with { Name = "", Port = 0 });

        var (exitCode, _, errors) = await NodeProcess.RunAsync("serve", "--config", ConfigPath);

        Assert.Equal((int)ExitCode.ConfigInvalid, exitCode);
        Assert.Contains("name is empty", errors, StringComparison.Ordinal);
        Assert.Contains("port is 0", errors, StringComparison.Ordinal);
    }

    /// <summary>People set the variable where a file system cannot lock: then the runtime's own locks exclude no other process.</summary>
    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public async Task Serve_TwoOnOneDirectory_SecondNamesTheFirst(string disableFileLocking)
    {
        var environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = disableFileLocking };
        using var server = await StartAsync(environment: environment);

        var (exitCode, _, errors) = await NodeProcess.RunAsync(environment, "serve", "--config", ConfigPath);

        Assert.Equal((int)ExitCode.DataDirectoryInUse, exitCode);
        Assert.Contains($"process {server.Id}", errors, StringComparison.Ordinal);
    }

    /// <summary>
    /// What is no lack of room, and leaves open what the log holds: nothing may be acknowledged any more, so the server ends
    /// itself. A limit on the size of files stands for a disk that fails (P5).
    /// </summary>
    [Fact]
    public async Task Serve_WhoseLogCannotBeWritten_EndsItselfWithOneLineAndItsCode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no limit on the size of files.");
        WriteConfig(c => c with { Options = new ServerOptions { MaxValueBytes = 32 * 1024 * 1024 } });
        Assert.Equal(0, (await NodeProcess.RunAsync("init", "--config", ConfigPath)).ExitCode);
        using var server = NodeProcess.StartWithin("trap '' XFSZ; ulimit -f 40000", "serve", "--config", ConfigPath);
        Assert.Contains("\"ready\":true", await server.ReadLineAsync(), StringComparison.Ordinal);
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_port}", new GrpcChannelOptions { MaxSendMessageSize = null });
        var client = new KeyValue.KeyValueClient(channel);
        var large = new PutRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("large"), Value = Google.Protobuf.ByteString.CopyFrom(new byte[24 * 1024 * 1024]) };
        var said = server.ReadLineAsync();
        await Eventually.GetAsync("the server to end itself", async () =>
        {
            // Refused until it leads; then the write is taken, and its log is not.
            await Record.ExceptionAsync(async () => await client.PutAsync(large));
            return said.IsCompleted ? said : null;
        });
        var line = JsonDocument.Parse(await said ?? "{}").RootElement;
        Assert.Equal("LogWriteFailed", line.GetProperty("halted").GetString());
        Assert.Contains("log could not be written", line.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Halted, await server.ExitAsync());
        Assert.Equal("", await server.ReadRestAsync());
    }

    [Fact]
    public async Task Inspect_ShowsWhatIsThereAndChangesNothing()
    {
        using (var server = await StartAsync())
        {
            using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_port}");
            var client = new KeyValue.KeyValueClient(channel);
            await Eventually.GetAsync("a write", async () =>
            {
                try
                {
                    return await client.PutAsync(new PutRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("seen"), Value = Google.Protobuf.ByteString.CopyFromUtf8("it") });
                }
                catch (Grpc.Core.RpcException)
                {
                    return null;
                }
            });
            var running = await NodeProcess.RunAsync("inspect", "--config", ConfigPath);
            Assert.Equal(0, running.ExitCode);
            Assert.Contains("seen", running.Output, StringComparison.Ordinal);
            server.Terminate();
            await server.ExitAsync();
        }

        var before = Fingerprint();
        var text = await NodeProcess.RunAsync("inspect", "--data", DataPath);
        var json = await NodeProcess.RunAsync("inspect", "--data", DataPath, "--json", "--first", "1", "--count", "100");

        Assert.Equal((0, 0), (text.ExitCode, json.ExitCode));
        Assert.Contains("server 1 of cluster", text.Output, StringComparison.Ordinal);
        var lines = json.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["identity", "segment", "state", "entry"], lines.Select(l => l.GetProperty("record").GetString()).Distinct());
        Assert.Contains(lines, l => l.TryGetProperty("key", out var key) && key.GetBytesFromBase64().AsSpan().SequenceEqual("seen"u8));
        Assert.Equal(before, Fingerprint());
    }

    private string DataPath => Path.Combine(_directory, "data");

    private string ConfigPath => Path.Combine(_directory, "server.json");

    private string Fingerprint() => string.Join(
        "\n",
        Directory.EnumerateFiles(DataPath, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => $"{f} {new FileInfo(f).Length} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}"));

    private void WriteConfig(Func<ServerConfig, ServerConfig>? change = null)
    {
        var config = new ServerConfig
        {
            ClusterId = "0123456789abcdef0123456789abcdef",
            Id = 1,
            Name = "n1",
            Members = [new PeerConfig(1, "n1", new Uri($"http://127.0.0.1:{_port}"))],
            DataPath = "data",
            Port = _port,
        };
        File.WriteAllText(ConfigPath, ClusterJson.Write(change?.Invoke(config) ?? config));
    }

    private async Task<NodeProcess> StartAsync(
        Func<ServerConfig, ServerConfig>? change = null, Dictionary<string, string>? environment = null)
    {
        WriteConfig(change);
        Assert.Equal(0, (await NodeProcess.RunAsync("init", "--config", ConfigPath)).ExitCode);
        var server = NodeProcess.Start(environment ?? [], "serve", "--config", ConfigPath);
        var text = await server.ReadLineAsync();
        Assert.True(text is not null, text is null ? $"It never got ready: {await server.ReadErrorsAsync()}" : "");
        var line = JsonDocument.Parse(text!).RootElement;
        Assert.True(line.GetProperty("ready").GetBoolean());
        Assert.Equal(($"http://127.0.0.1:{_port}", server.Id), (line.GetProperty("endpoint").GetString(), line.GetProperty("processId").GetInt32()));
        return server;
    }
}
