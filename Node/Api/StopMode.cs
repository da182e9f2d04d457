namespace RaftKv.Api;

/// <summary>How a server's process is ended. The numbers are those of the protocol.</summary>
public enum StopMode
{
    /// <summary>It is asked to end.</summary>
    Graceful = 0,

    /// <summary>It is ended as <c>kill -9</c> does.</summary>
    Kill = 1,
}
