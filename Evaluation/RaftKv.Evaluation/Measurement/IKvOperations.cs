using RaftKv.Api.Clients;

namespace RaftKv.Evaluation.Measurement;

/// <summary>What a workload needs of one client: small enough that a test can stand in for a whole cluster.</summary>
internal interface IKvOperations : IAsyncDisposable
{
    /// <summary>Opens the client's session.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Puts, and ends when it is acknowledged.</summary>
    Task PutAsync(byte[] key, byte[] value, CancellationToken cancellationToken);

    /// <summary>Reads linearizably.</summary>
    Task GetAsync(byte[] key, CancellationToken cancellationToken);
}

/// <summary>One client of a real cluster.</summary>
internal sealed class ClusterOperations(KvClient client) : IKvOperations
{
    public Task OpenAsync(CancellationToken cancellationToken) => client.OpenAsync(cancellationToken);

    public Task PutAsync(byte[] key, byte[] value, CancellationToken cancellationToken) =>
        client.PutAsync(key, value, default, cancellationToken);

    public Task GetAsync(byte[] key, CancellationToken cancellationToken) =>
        client.GetAsync(key, cancellationToken: cancellationToken);

    public ValueTask DisposeAsync() => client.DisposeAsync();
}
