namespace RaftKv.Api;

/// <summary>
/// What the caller knows of a server's data directory. Where the server ran, an empty directory must not take its place: it
/// would come back under its id without what it had acknowledged. The numbers are those of the protocol.
/// </summary>
public enum ServerPast
{
    /// <summary>There is none: the directory is made; it must not hold a server that ran, nor other files.</summary>
    None = 0,

    /// <summary>The directory was made: it must be there, with the incarnation that the config lists, if any.</summary>
    Made = 1,

    /// <summary>The same, and the server ran.</summary>
    Ran = 2,
}
