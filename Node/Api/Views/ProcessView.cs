using RaftKv.Api.Protocol;

namespace RaftKv.Api.Views;

/// <summary>What a server's process does, as its agent says. The numbers are those of the protocol.</summary>
public enum ServerState
{
    /// <summary>The directory is made; it never ran.</summary>
    Created = 0,

    /// <summary>It has begun and is not ready yet.</summary>
    Starting = 1,

    /// <summary>It is ready.</summary>
    Running = 2,

    /// <summary>It is frozen.</summary>
    Paused = 3,

    /// <summary>It has ended.</summary>
    Exited = 4,
}

/// <summary>A server's process as its agent sees it.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="State">What it does.</param>
/// <param name="ProcessId">The process of the last start; 0 before it.</param>
/// <param name="ExitCode">How it ended last.</param>
/// <param name="Endpoint">Where it listens.</param>
/// <param name="DataPath">Where its data lies.</param>
/// <param name="LogPath">Its text log.</param>
/// <param name="HaltCode">Why it halted by itself, while that was its last end; else empty.</param>
/// <param name="HaltMessage">The halt in words.</param>
/// <param name="Incarnation">The number of its data directory.</param>
public sealed record ProcessView(
    int ServerId, ServerState State, int ProcessId, int ExitCode, string Endpoint, string DataPath, string LogPath,
    string HaltCode, string HaltMessage, ulong Incarnation)
{
    internal static ProcessView Of(ServerProcess process) => new(
        process.ServerId, (ServerState)process.State, process.ProcessId, process.ExitCode, process.Endpoint, process.DataPath, process.LogPath,
        process.HaltCode, process.HaltMessage, process.Incarnation);
}
