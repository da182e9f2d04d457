using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Serving;

/// <summary>Whose the data directory is, and what is said where it cannot be used.</summary>
internal sealed partial class NodeServer
{
    private NodeIdentity ReadIdentity()
    {
        NodeIdentity identity;
        try
        {
            identity = NodeIdentity.Read(RealDisk.Instance, _config.DataPath);
            identity.RequireStorage(RealDisk.Instance, _config.DataPath, _config.Options.Storage);
        }
        catch (InvalidDataException e)
        {
            throw new StartException(
                ExitCode.DataUnusable,
                e.Message,
                e);
        }

        if (identity.ClusterId != _config.ClusterId || identity.ServerId != _config.Id)
        {
            throw new StartException(
                ExitCode.DataUnusable,
                $"The data directory {_config.DataPath} belongs to server {identity.ServerId} of cluster {identity.ClusterId}, but the config "
                + $"is for server {_config.Id} of cluster {_config.ClusterId}: correct the config's dataPath, or its clusterId and id.");
        }

        return identity;
    }

    /// <summary>Before the port: of two servers on one directory the second is told of the first, whatever their ports.</summary>
    private DataDirectoryLock TakeDirectory()
    {
        try
        {
            return DataDirectoryLock.Acquire(_config.DataPath);
        }
        catch (DataDirectoryInUseException e)
        {
            throw new StartException(ExitCode.DataDirectoryInUse, e.Message, e);
        }
    }

    private static StartException Unusable(ServerConfig config, string what, Exception e) =>
        new(ExitCode.DataUnusable, $"{what} by server {config.Name}: {DiskTrouble.Explain(e)}", e);

    private static StartException OutOfMemory(ServerConfig config, OutOfMemoryException e) => new(
        ExitCode.OutOfMemory,
        $"There is not enough memory for the data of server {config.Name} in {config.DataPath}: this process may take "
        + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024):N0} MiB. Allow it more.",
        e);

    private static StartException NotInitialised(ServerConfig config) => new(
        ExitCode.DataUnusable,
        $"The data directory {config.DataPath} does not exist. A new server's directory is made with: raftkv-node init --config FILE");
}
