using RaftKv.Node.Observability;

namespace RaftKv.Node.Agent;

internal sealed partial class ManagedServer
{
    [LoggerMessage(EventIds.ServerStarted, LogLevel.Information, "Server {Name} is ready as process {ProcessId}.")]
    private partial void LogStarted(string name, int processId);

    [LoggerMessage(EventIds.FaultsUnknown, LogLevel.Warning, "Server {Name} begins without the faults of its network: no other server said within {Seconds} s which links are cut. They are asked until one does.")]
    private partial void LogFaultsUnknown(string name, double seconds);

    [LoggerMessage(EventIds.FaultsTold, LogLevel.Information, "Server {Name} knows the faults of its network now: {Links} links.")]
    private partial void LogFaultsTold(string name, int links);

    [LoggerMessage(EventIds.ServerEnded, LogLevel.Information, "Server {Name}, process {ProcessId}, ended with exit code {ExitCode}.")]
    private partial void LogEnded(string name, int processId, int exitCode);
}
