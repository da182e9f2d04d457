using RaftKv.Node.Observability;

namespace RaftKv.Node.Agent;

internal sealed partial class ManagedServer
{
    [LoggerMessage(EventIds.ServerStarted, LogLevel.Information, "Server {Name} is ready as process {ProcessId}.")]
    private partial void LogStarted(string name, int processId);

    [LoggerMessage(EventIds.ServerEnded, LogLevel.Information, "Server {Name}, process {ProcessId}, ended with exit code {ExitCode}.")]
    private partial void LogEnded(string name, int processId, int exitCode);
}
