namespace RaftKv.Api;

/// <summary>How clients behave.</summary>
public sealed record ClientOptions
{
    /// <summary>How long one operation may take with all its retries. Default 10 s.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long one attempt at one server may take before another is tried, counted again whenever the server says that
    /// it still leads. Default 2 s.
    /// </summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a server may be silent before the others are asked, beside the waiting attempt, whether a newer leader
    /// exists. Default 150 ms. A frozen or cut off leader costs this much, not a whole attempt.
    /// </summary>
    public TimeSpan SilencePatience { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>Told of every retry and redirect, for verbose output. Called from any thread.</summary>
    public Action<string>? OnRetry { get; init; }
}
