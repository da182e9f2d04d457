namespace RaftKv.Node.Services;

/// <summary>Where anyone inside the server asks its process to end; the first one's code counts.</summary>
internal sealed class ServerExit
{
    private readonly TaskCompletionSource<int> _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the exit code when an exit was asked for.</summary>
    public Task<int> Requested => _requested.Task;

    /// <summary>Asks.</summary>
    public void Request(int exitCode) => _requested.TrySetResult(exitCode);
}
