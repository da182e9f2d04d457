namespace RaftKv;

/// <summary>
/// A failure as scripts see it in <c>$_.Exception</c>, with what is needed to act on it.
/// </summary>
public sealed class RaftException : Exception
{
    /// <summary>Makes one.</summary>
    public RaftException(string errorId, string message, Exception? innerException = null)
        : base(RaftText.Message(message), innerException) => ErrorId = errorId;

    /// <summary>The error id, as in the error record.</summary>
    public string ErrorId { get; }

    /// <summary>The pair's actual version, where a write's condition did not hold.</summary>
    public long ActualVersion { get; init; }

    /// <summary>The limit in bytes, where a key or value was too large.</summary>
    public long Limit { get; init; }

    /// <summary>The last lines of the server's log, where one did not start.</summary>
    public IReadOnlyList<string> LogTail { get; init; } = [];

    /// <summary>Which servers were asked and what each said, where no leader was found.</summary>
    public IReadOnlyList<string> Asked { get; init; } = [];
}
