namespace RaftKv.Node;

/// <summary>How the process ends. Scripts and agents rely on the numbers: they may only grow.</summary>
internal enum ExitCode
{
    /// <summary>Done, or stopped as asked.</summary>
    Success = 0,

    /// <summary>Something that no one foresaw; the text log has it.</summary>
    Unexpected = 1,

    /// <summary>The command line cannot be understood.</summary>
    Usage = 2,

    /// <summary>Another live server holds the data directory.</summary>
    DataDirectoryInUse = 16,

    /// <summary><c>init</c> on a directory that has an identity already.</summary>
    AlreadyInitialised = 17,

    /// <summary>The server stopped because going on would break a promise; the text log says which.</summary>
    Halted = 70,

    /// <summary>There is not enough memory for the data.</summary>
    OutOfMemory = 71,

    /// <summary>The data directory has no identity, another server's, or a damaged log.</summary>
    DataUnusable = 74,

    /// <summary>The config file has faults; all are listed.</summary>
    ConfigInvalid = 78,

    /// <summary>The port is taken.</summary>
    PortInUse = 98,
}
