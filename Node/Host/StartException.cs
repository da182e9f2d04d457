namespace RaftKv.Node;

/// <summary>A server cannot start for a reason that its user can do something about; the message says what.</summary>
internal sealed class StartException(ExitCode exitCode, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>How the process ends for it.</summary>
    public ExitCode ExitCode { get; } = exitCode;
}
