using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using RaftKv.Api;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Evaluation.OtherSystems;

/// <summary>
/// A cluster of etcd on this machine, every member a process with a directory of its own and its usual durability (it
/// flushes each write). Clients talk to its leader over shared connections, as ours do. Members end with this process.
/// </summary>
internal sealed class EtcdCluster : IAsyncDisposable
{
    private const int HeartbeatMs = 100;
    private const int ElectionTimeoutMs = 1000;
    private const string Program = "etcd";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly List<Process> _members = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("raftkv-etcd-").FullName;
    private GrpcChannel? _leader;

    private EtcdCluster()
    {
    }

    /// <summary>Its name and version, or null where it is not installed.</summary>
    public static string? Version { get; } = FindVersion();

    /// <summary>What it runs with, in the words of its options.</summary>
    public static string Options => string.Create(CultureInfo.InvariantCulture, $"heartbeat-interval={HeartbeatMs};election-timeout={ElectionTimeoutMs}");

    /// <summary>The processes of its members.</summary>
    public IEnumerable<int> ProcessIds => _members.Select(m => m.Id);

    /// <summary>Starts members and waits until they have a leader.</summary>
    /// <exception cref="RaftKvException">They have none in time.</exception>
    public static async Task<EtcdCluster> StartAsync(int count, CancellationToken cancellationToken)
    {
        var cluster = new EtcdCluster();
        try
        {
            var ports = FreePorts(2 * count);
            var peers = string.Join(',', Enumerable.Range(0, count).Select(i => $"m{i}=http://127.0.0.1:{ports[count + i]}"));
            for (var i = 0; i < count; i++)
            {
                cluster.StartMember(i, ports[i], ports[count + i], peers);
            }

            cluster._leader = await cluster.FindLeaderAsync(ports[..count], cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>One more client over the shared connections to the leader.</summary>
    public IKvOperations Connect() => new EtcdOperations(_leader!.CreateCallInvoker());

    public async ValueTask DisposeAsync()
    {
        _leader?.Dispose();
        foreach (var member in _members)
        {
            member.Kill();
            await member.WaitForExitAsync().ConfigureAwait(false);
            member.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private void StartMember(int number, int clientPort, int peerPort, string peers)
    {
        string[] arguments =
        [
            "--name", $"m{number}",
            "--data-dir", Path.Combine(_directory, $"m{number}"),
            "--listen-client-urls", $"http://127.0.0.1:{clientPort}", "--advertise-client-urls", $"http://127.0.0.1:{clientPort}",
            "--listen-peer-urls", $"http://127.0.0.1:{peerPort}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{peerPort}",
            "--initial-cluster", peers,
            "--heartbeat-interval", $"{HeartbeatMs}", "--election-timeout", $"{ElectionTimeoutMs}",
            "--log-level", "error",
        ];
        _members.Add(BoundProcess.Start(Program, arguments));
    }

    private async Task<GrpcChannel> FindLeaderAsync(int[] ports, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < StartLimit)
        {
            foreach (var port in ports)
            {
                var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}", new GrpcChannelOptions
                {
                    HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, UseProxy = false },
                    DisposeHttpClient = true,
                });
                if (await LeadsAsync(channel, cancellationToken).ConfigureAwait(false))
                {
                    return channel;
                }

                channel.Dispose();
            }

            await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
        }

        throw new RaftKvException(ErrorKind.WaitTimeout, $"{_members.Count} members of {Program} had no leader within {StartLimit.TotalSeconds:0} s.");
    }

    private static async Task<bool> LeadsAsync(GrpcChannel channel, CancellationToken cancellationToken)
    {
        try
        {
            var options = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(1), cancellationToken: cancellationToken);
            using var call = channel.CreateCallInvoker().AsyncUnaryCall(EtcdMessages.Status, null, options, []);
            var (member, leader) = EtcdMessages.ReadStatus(await call.ResponseAsync.ConfigureAwait(false));
            return leader != 0 && member == leader;
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            return false; // It is not up yet.
        }
    }

    /// <summary>Ports that are free now: all are held until all are known.</summary>
    private static int[] FreePorts(int count)
    {
        var holders = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            Array.ForEach(holders, h => h.Start());
            return [.. holders.Select(h => ((IPEndPoint)h.LocalEndpoint).Port)];
        }
        finally
        {
            Array.ForEach(holders, h => h.Dispose());
        }
    }

    private static string? FindVersion()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Program, "--version") { RedirectStandardOutput = true, UseShellExecute = false });
            var line = process?.StandardOutput.ReadLine();
            process?.WaitForExit();
            return line is null ? null : $"{Program} {line.Split(' ')[^1]}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // It is not installed.
        }
    }
}

/// <summary>One client of etcd. It has no sessions: a resend may be applied twice, so it does not resend.</summary>
internal sealed class EtcdOperations(CallInvoker invoker) : IKvOperations
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task PutAsync(byte[] key, byte[] value, CancellationToken cancellationToken) =>
        CallAsync(EtcdMessages.Put, EtcdMessages.Fields(key, value), ErrorKind.OutcomeUnknown, cancellationToken);

    public Task GetAsync(byte[] key, CancellationToken cancellationToken) =>
        CallAsync(EtcdMessages.Range, EtcdMessages.Fields(key), ErrorKind.ReadTimeout, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task CallAsync(Method<byte[], byte[]> method, byte[] request, ErrorKind whenLost, CancellationToken cancellationToken)
    {
        try
        {
            using var call = invoker.AsyncUnaryCall(method, null, new CallOptions(deadline: DateTime.UtcNow + Deadline, cancellationToken: cancellationToken), request);
            await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RaftKvException(e.StatusCode == StatusCode.ResourceExhausted ? ErrorKind.Overloaded : whenLost, $"etcd: {e.Status.Detail}", e);
        }
    }
}
