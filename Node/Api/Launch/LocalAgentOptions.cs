namespace RaftKv.Api.Launch;

/// <summary>How an agent of this machine is started.</summary>
public sealed record LocalAgentOptions
{
    /// <summary>The executable; null: found beside the module.</summary>
    public string? NodePath { get; init; }

    /// <summary>Where it keeps its own files and, unless told otherwise, its servers' data.</summary>
    public required string Directory { get; init; }

    /// <summary>Whether it deletes that directory when it ends because its owner ended.</summary>
    public bool DirectoryIsTemporary { get; init; }

    /// <summary>Let it outlive this process.</summary>
    public bool Detached { get; init; }

    /// <summary>How long it may take to be ready.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
