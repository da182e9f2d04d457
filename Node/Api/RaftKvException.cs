namespace RaftKv.Api;

/// <summary>Why a call did not do what was asked. Each kind has one error id in the PowerShell module.</summary>
public enum ErrorKind
{
    /// <summary>Not foreseen: a bug.</summary>
    Unexpected,

    /// <summary>No leader was found within the time; the write was certainly not done.</summary>
    NoLeader,

    /// <summary>A server cannot be reached.</summary>
    ServerUnreachable,

    /// <summary>A write's deadline passed or its leader was lost: it may or may not have happened.</summary>
    OutcomeUnknown,

    /// <summary>The condition of a write did not hold.</summary>
    VersionMismatch,

    /// <summary>The key does not exist.</summary>
    KeyNotFound,

    /// <summary>The key is longer than 4 KiB.</summary>
    KeyTooLarge,

    /// <summary>Key and value are larger than the cluster allows.</summary>
    ValueTooLarge,

    /// <summary>The server belongs to another cluster.</summary>
    WrongCluster,

    /// <summary>No server of that id or name.</summary>
    ServerNotFound,

    /// <summary>A partition names a server twice or an unknown one.</summary>
    PartitionInvalid,

    /// <summary>The cluster was started without chaos.</summary>
    ChaosDisabled,

    /// <summary>A port is taken.</summary>
    PortInUse,

    /// <summary>A live server holds the data directory.</summary>
    DataDirectoryInUse,

    /// <summary>A server that ran before has lost its data directory, or another one lies there.</summary>
    DataDirectoryMissing,

    /// <summary>A server process did not become ready.</summary>
    ServerStartFailed,

    /// <summary>The call needs the server to be stopped.</summary>
    ServerRunning,

    /// <summary>The cluster file cannot be used.</summary>
    ClusterFileInvalid,

    /// <summary>A wait ended before what was waited for.</summary>
    WaitTimeout,

    /// <summary>A read's deadline passed; reads change nothing, so it may simply be tried again.</summary>
    ReadTimeout,

    /// <summary>The server has too much to do; nothing was done.</summary>
    Overloaded,

    /// <summary>The arguments do not make sense to the server.</summary>
    InvalidArgument,

    /// <summary>The token is missing or wrong.</summary>
    Denied,

    /// <summary>Leadership was not handed over.</summary>
    TransferFailed,

    /// <summary>An earlier change of the membership is not committed yet; nothing was changed.</summary>
    MembershipBusy,

    /// <summary>The servers that are left could not decide any more; nothing was changed.</summary>
    MajorityAtRisk,

    /// <summary>A learner does not hold the log yet, so it was not made a voter.</summary>
    NotCaughtUp,

    /// <summary>The one server that a write was handed to does not lead; nothing was done.</summary>
    NotLeader,

    /// <summary>A file is no backup, damaged, or cut off; nothing was made of it.</summary>
    BackupInvalid,
}

/// <summary>A typed failure with what a caller needs to act on it.</summary>
public sealed class RaftKvException : Exception
{
    /// <summary>Makes one.</summary>
    public RaftKvException(ErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>Why.</summary>
    public ErrorKind Kind { get; }

    /// <summary>The pair's actual version, for <see cref="ErrorKind.VersionMismatch"/>.</summary>
    public long ActualVersion { get; init; }

    /// <summary>The limit in bytes, for the TooLarge kinds.</summary>
    public long Limit { get; init; }

    /// <summary>Whether a server did not start because its data directory cannot be used: damaged, without its log, or refused by the disk.</summary>
    public bool IsDataUnusable { get; init; }

    /// <summary>The last lines of the server's log, for <see cref="ErrorKind.ServerStartFailed"/>.</summary>
    public IReadOnlyList<string> LogTail { get; init; } = [];

    /// <summary>Which servers were asked and what each said, for <see cref="ErrorKind.NoLeader"/>.</summary>
    public IReadOnlyList<string> Asked { get; init; } = [];
}
