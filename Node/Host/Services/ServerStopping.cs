namespace RaftKv.Node.Services;

/// <summary>Ends the calls that would otherwise last forever when the server stops: the web server waits for every call.</summary>
internal sealed class ServerStopping : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    /// <summary>Cancelled when the server begins to stop.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Begins to stop.</summary>
    public Task BeginAsync() => _source.CancelAsync();

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
