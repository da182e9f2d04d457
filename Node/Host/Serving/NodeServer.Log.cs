using RaftKv.Core.Consensus;
using RaftKv.Node.Observability;

namespace RaftKv.Node.Serving;

internal sealed partial class NodeServer
{
    [LoggerMessage(EventIds.Starting, LogLevel.Information, "Server {Name}, build {Build}, process {ProcessId}, data in {DataPath}.")]
    private partial void LogStarting(string name, string build, int processId, string dataPath);

    [LoggerMessage(EventIds.Recovered, LogLevel.Information, "Recovered term {Term}, last entry {Last}, applied up to {Applied}.")]
    private partial void LogRecovered(Term term, EntryId last, LogIndex applied);

    [LoggerMessage(EventIds.Ready, LogLevel.Information, "Ready at {Endpoint}.")]
    private partial void LogReady(Uri endpoint);

    [LoggerMessage(EventIds.RoleChanged, LogLevel.Information, "Now {Role} in term {Term}, leader {Leader}.")]
    private partial void LogRoleChanged(Role role, Term term, string leader);

    [LoggerMessage(EventIds.MatrixLoaded, LogLevel.Information, "Loaded a fault matrix with {Links} links, muted: {Muted}.")]
    private partial void LogMatrixLoaded(int links, bool muted);

    [LoggerMessage(EventIds.ConfigurationInForce, LogLevel.Information, "The cluster is {Members} since entry {Index}, committed: {IsCommitted}. Learners stand in brackets.")]
    private partial void LogConfiguration(string members, LogIndex index, bool isCommitted);

    [LoggerMessage(EventIds.RemovedFromCluster, LogLevel.Warning, "This server was removed from the cluster for good with entry {Index}: stop it. It takes part in nothing any more.")]
    private partial void LogRemoved(LogIndex index);

    [LoggerMessage(EventIds.ToldRemoved, LogLevel.Warning, "This server was removed from the cluster, says {Peer} in term {Term}, and leads nothing any more. {Words}")]
    private partial void LogToldRemoved(NodeId peer, Term term, string words);

    [LoggerMessage(EventIds.SnapshotDamaged, LogLevel.Error, "{Fault} It is not sent to anyone; the applied state is written again, if that was the newest. Look after the disk.")]
    private partial void LogSnapshotDamaged(string fault);

    [LoggerMessage(EventIds.SnapshotRefused, LogLevel.Error, "{Refusal} The server goes on with its log, which holds all of it, and tries again. Look after the disk.")]
    private partial void LogSnapshotRefused(string refusal);

    /// <summary>The disk that is full may have no room for the first line either: the second one says when it was.</summary>
    private void TellOfRoom(bool waits)
    {
        if (waits)
        {
            _fullSince = DateTimeOffset.UtcNow;
            LogWaitsForRoom(Node.WaitForRoom);
        }
        else
        {
            LogHasRoom(_config.DataPath, _fullSince);
        }
    }

    [LoggerMessage(EventIds.WaitsForRoom, LogLevel.Warning, "This server {Waiting}: it acknowledges no write before there is some. Make room; it goes on by itself.")]
    private partial void LogWaitsForRoom(string waiting);

    [LoggerMessage(EventIds.HasRoom, LogLevel.Information, "There is room again on the disk of {DataPath}, for which this server waited since {Since:s}Z.")]
    private partial void LogHasRoom(string dataPath, DateTimeOffset since);

    [LoggerMessage(EventIds.StartFailed, LogLevel.Critical, "Cannot start: {Reason}")]
    private partial void LogStartFailed(string reason);

    /// <summary>Writes down why the server must stop.</summary>
    public void LogHalted(HaltReason reason) => LogHalted(reason.Code, reason.Message);

    [LoggerMessage(EventIds.Halted, LogLevel.Critical, "Halted: {Code}: {Reason}")]
    private partial void LogHalted(string code, string reason);

    [LoggerMessage(EventIds.WentOn, LogLevel.Warning, "Went on: {Code}: {Reason}")]
    private partial void LogWentOn(string code, string reason);

    [LoggerMessage(EventIds.Stopped, LogLevel.Information, "Stopped.")]
    private partial void LogStopped();
}
