namespace RaftKv.Node.Agent;

/// <summary>How an agent runs; one property a command-line option.</summary>
internal sealed record AgentOptions
{
    /// <summary>Address and port, as <c>127.0.0.1:0</c>.</summary>
    public required string Listen { get; init; }

    /// <summary>Where the token is, or null: the first line of standard input. Never the command line, which all users see.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Its log and the base of relative data paths.</summary>
    public required string Directory { get; init; }

    /// <summary>Delete the directory when the owner is gone.</summary>
    public bool DirectoryIsTemporary { get; init; }

    /// <summary>Standard input is a pipe from the owner: its end is the owner's end. A detached agent ends with its owner only while it looks after no server.</summary>
    public bool ExitOnStdinClose { get; init; }

    /// <summary>Leave the terminal's session, so that closing it does not reach the agent.</summary>
    public bool Detached { get; init; }

    /// <summary>Accept plain text from other machines.</summary>
    public bool AllowInsecure { get; init; }
}
