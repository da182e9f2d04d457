using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;

namespace RaftKv.Api;

/// <summary>How clients behave.</summary>
public sealed record ClientOptions
{
    /// <summary>How long one operation may take with all its retries. Default 10 s.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one attempt at one server may take before another is tried. Default 2 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Told of every retry and redirect, for verbose output. Called from any thread.</summary>
    public Action<string>? OnRetry { get; init; }
}

/// <summary>
/// One cluster seen from a client: shared connections and the calls of every service. Thread-safe; dispose it to
/// close the connections.
/// </summary>
public sealed class ClusterClient : IAsyncDisposable
{
    /// <summary>Makes a client; connects on first use.</summary>
    public ClusterClient(ClusterSpec spec, ClientOptions? options = null) => throw new NotImplementedException();

    /// <summary>The cluster.</summary>
    public ClusterSpec Spec => throw new NotImplementedException();

    /// <summary>Makes a key-value client with a session of its own over the shared connections.</summary>
    public KvClient CreateKvClient() => throw new NotImplementedException();

    /// <summary>Looks into and steers single servers.</summary>
    public AdminClient Admin => throw new NotImplementedException();

    /// <summary>Breaks the network of all servers at once.</summary>
    public ChaosClient Chaos => throw new NotImplementedException();

    /// <summary>The agent that looks after a server.</summary>
    /// <exception cref="RaftKvException">ServerNotFound: no such server, or nobody looks after it.</exception>
    public AgentClient AgentOf(int serverId) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>A pair as clients see it.</summary>
public sealed record KvPair(byte[] Key, byte[] Value, long CreateRevision, long ModifyRevision, long Version);

/// <summary>What a write changed.</summary>
public readonly record struct WriteResult(long Revision, long CreateRevision, long ModifyRevision, long Version);

/// <summary>What must hold of a key before a write.</summary>
public readonly record struct WriteCondition
{
    /// <summary>The pair's version must be this; 0 means that the key must be absent. Null: not asked.</summary>
    public long? Version { get; init; }

    /// <summary>The pair's value must be exactly this. Null: not asked.</summary>
    public byte[]? Value { get; init; }
}

/// <summary>
/// Reads and writes with a session, so that a retry after a lost answer is applied once. Finds the leader, follows
/// hints, retries until the deadline. One at a time or many at once: thread-safe; concurrent writes of one client
/// are each exactly-once.
/// </summary>
public sealed class KvClient : IAsyncDisposable
{
    internal KvClient() => throw new NotImplementedException();

    /// <summary>Sets a key.</summary>
    /// <exception cref="RaftKvException">OutcomeUnknown when the deadline passed after anything was sent that may be applied; NoLeader when certainly nothing was; VersionMismatch, KeyTooLarge, ValueTooLarge and others by kind.</exception>
    public Task<WriteResult> PutAsync(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, WriteCondition condition = default, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Deletes a key.</summary>
    /// <exception cref="RaftKvException">As <see cref="PutAsync"/>, and KeyNotFound.</exception>
    public Task<WriteResult> DeleteAsync(ReadOnlyMemory<byte> key, WriteCondition condition = default, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Reads a key; null when it does not exist.</summary>
    /// <param name="key">The key.</param>
    /// <param name="consistency">How fresh.</param>
    /// <param name="serverId">Ask only this server; null: any, the last known leader first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<KvPair?> GetAsync(ReadOnlyMemory<byte> key, Consistency consistency = Consistency.Linearizable, int? serverId = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Streams all pairs whose keys begin with a prefix, in key order, page by page.</summary>
    public IAsyncEnumerable<KvPair> ScanAsync(ReadOnlyMemory<byte> prefix, Consistency consistency = Consistency.Linearizable, int pageSize = 0, int? serverId = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Opens the session now instead of with the first write, so that a measurement does not contain it.</summary>
    public Task OpenAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>Status, log and life of single servers.</summary>
public sealed class AdminClient
{
    internal AdminClient() => throw new NotImplementedException();

    /// <summary>One server's status.</summary>
    /// <exception cref="RaftKvException">ServerUnreachable, ServerNotFound.</exception>
    public Task<ServerStatus> GetStatusAsync(int serverId, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>All servers' status in parallel; null for a server that did not answer within a second.</summary>
    public Task<IReadOnlyDictionary<int, ServerStatus?>> GetAllStatusAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Every server that claims to lead, highest term first.</summary>
    public Task<IReadOnlyList<ServerStatus>> GetLeadersAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A page of a server's log.</summary>
    public Task<ReadLogReply> ReadLogAsync(int serverId, long firstIndex, int maxCount, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Ends a server's process from within.</summary>
    public Task ExitAsync(int serverId, int exitCode = 0, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Sets a server's log level while it runs.</summary>
    public Task SetLogLevelAsync(int serverId, string category, string level, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}

/// <summary>What a chaos call reached. A call returns when every live server confirmed; those that did not are named.</summary>
/// <param name="Confirmed">Servers that confirmed.</param>
/// <param name="Missing">Servers that did not, with why.</param>
public sealed record ChaosResult(IReadOnlyList<int> Confirmed, IReadOnlyDictionary<int, string> Missing);

/// <summary>Breaks and mends the network. Each call goes to all servers in parallel.</summary>
public sealed class ChaosClient
{
    internal ChaosClient() => throw new NotImplementedException();

    /// <summary>Cuts the cluster into groups; servers not named form one further group.</summary>
    /// <exception cref="RaftKvException">PartitionInvalid (nothing changed), ChaosDisabled.</exception>
    public Task<ChaosResult> PartitionAsync(IReadOnlyList<IReadOnlyList<int>> groups, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Replaces the whole matrix.</summary>
    public Task<ChaosResult> UploadAsync(IReadOnlyList<LinkFault> links, ulong seed, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Changes one entry.</summary>
    public Task<ChaosResult> UpdateAsync(LinkFault link, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Mutes or unmutes one server.</summary>
    public Task MuteAsync(int serverId, bool muted, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Mends everything on all servers.</summary>
    public Task<ChaosResult> ResetAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>What each server has; null for servers that did not answer.</summary>
    public Task<IReadOnlyDictionary<int, MatrixReply?>> ReadAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
}

/// <summary>Calls to one agent.</summary>
public sealed class AgentClient : IAsyncDisposable
{
    /// <summary>Makes a client; connects on first use.</summary>
    public AgentClient(AgentSpec agent) => throw new NotImplementedException();

    /// <summary>Who it is.</summary>
    public Task<AgentDescription> DescribeAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Reserves ports on its machine for its life.</summary>
    public Task<IReadOnlyList<int>> ReservePortsAsync(int count, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Makes a server's data directory and identity.</summary>
    public Task<ServerProcess> CreateAsync(ServerConfig config, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <exception cref="RaftKvException">ServerStartFailed with the log's last 20 lines, PortInUse, DataDirectoryInUse.</exception>
    public Task<ServerProcess> StartAsync(string clusterId, int serverId, TimeSpan timeout, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stops a server and waits until its process has ended.</summary>
    public Task<ServerProcess> StopAsync(string clusterId, int serverId, StopMode mode, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Freezes a server's process (not on Windows).</summary>
    public Task<ServerProcess> PauseAsync(string clusterId, int serverId, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Lets it go on.</summary>
    public Task<ServerProcess> ResumeAsync(string clusterId, int serverId, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Forgets a stopped server, with its data if asked.</summary>
    public Task RemoveAsync(string clusterId, int serverId, bool deleteData, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The servers it looks after.</summary>
    public Task<IReadOnlyList<ServerProcess>> ListAsync(string? clusterId = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The lines of a server's text log: the last ones, then new ones as they come when following.</summary>
    public IAsyncEnumerable<string> ReadTextLogAsync(string clusterId, int serverId, int tail, bool follow, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stops all its servers, then itself.</summary>
    public Task ShutdownAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
