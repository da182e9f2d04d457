using System.Security.Cryptography;
using System.Text.Json;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Engine.Storage;
using RaftKv.Node.Options;

namespace RaftKv.Node.Agent;

/// <summary>Makes a server's data directory: its config, readable by the owner only for the token in it, and its identity.</summary>
internal static class ServerDirectory
{
    /// <summary>What a directory holds that was being made when its maker ended.</summary>
    private static readonly string[] Unfinished = [DataDirectory.LockFile, DataDirectory.LockOwnerFile, DataDirectory.IdentityFile + ".new"];

    private const UnixFileMode OwnerDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads and completes a config that came over the wire.</summary>
    /// <param name="json">The config.</param>
    /// <param name="baseDirectory">Where relative data paths start.</param>
    /// <exception cref="Grpc.Core.RpcException">InvalidArgument, with all faults.</exception>
    public static ServerConfig ReadConfig(string json, string baseDirectory)
    {
        ServerConfig config;
        try
        {
            config = ClusterJson.ReadServerConfig(json);
        }
        catch (JsonException e)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"The server's config cannot be understood: {e.Message}");
        }

        config = config with { DataPath = Path.GetFullPath(config.DataPath, baseDirectory), ExitOnStdinClose = true };
        var faults = ConfigValidation.Validate(config);
        return faults.Count == 0
            ? config
            : throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"The server's config has {faults.Count} fault(s): {string.Join(' ', faults)}");
    }

    /// <summary>
    /// Makes directory and identity, or takes over the directory of this very server: a stopped cluster is started again
    /// that way, with its data and new ports.
    /// </summary>
    /// <param name="config">What the server is to run with; written into the directory.</param>
    /// <param name="past">What the caller knows of the directory.</param>
    /// <returns>Whose directory it is.</returns>
    /// <exception cref="Grpc.Core.RpcException">
    /// DataDirectoryInUse: a live server holds it, or it belongs to somebody else; DataDirectoryMissing: there is not the
    /// one that there must be. Nothing was changed.
    /// </exception>
    public static NodeIdentity Prepare(ServerConfig config, ServerPast past)
    {
        try
        {
            return TakeOver(config, past);
        }
        catch (Exception e) when (past != ServerPast.None && (e is IOException or UnauthorizedAccessException))
        {
            throw Unusable($"The data directory {config.DataPath} of server {config.Name} cannot be used: {DiskTrouble.Explain(e)}");
        }
    }

    private static NodeIdentity TakeOver(ServerConfig config, ServerPast past)
    {
        var hasIdentity = File.Exists(Path.Combine(config.DataPath, DataDirectory.IdentityFile));
        if (past != ServerPast.None && !hasIdentity)
        {
            throw Missing(
                Directory.Exists(config.DataPath)
                    ? $"{DataDirectory.IdentityFile} of server {config.Name} is gone from its data directory {config.DataPath}, though the server was there before."
                    : $"The data directory {config.DataPath} of server {config.Name} is gone, though the server was there before.");
        }

        if (!hasIdentity)
        {
            RefuseFiles(config.DataPath);
            CreateDirectory(config.DataPath);
        }

        using var held = Hold(config.DataPath);
        var identity = hasIdentity ? ReadOwn(config, past) : MakeIdentity(config);
        RequirePast(config, past, identity);
        WriteConfig(config);
        return identity;
    }

    /// <summary>Looks whether a server that was made can be started: its directory is there, and its config, which is written again where that alone is gone.</summary>
    /// <exception cref="Grpc.Core.RpcException">DataDirectoryMissing, with the way out.</exception>
    public static void Require(ServerConfig config)
    {
        if (!File.Exists(Path.Combine(config.DataPath, DataDirectory.IdentityFile)))
        {
            var what = Directory.Exists(config.DataPath)
                ? $"{DataDirectory.IdentityFile} of server {config.Name} is gone from its data directory {config.DataPath}."
                : $"The data directory {config.DataPath} of server {config.Name} is gone.";
            throw ServiceErrors.Of(
                ErrorCode.DataDirectoryMissing,
                $"{what} An empty one must not take its place, because it lacks what the server had acknowledged. Put it back, or remove the "
                + "server from the cluster (Remove-RaftMember) and add another one (Add-RaftMember).");
        }

        if (!File.Exists(Path.Combine(config.DataPath, ServerFiles.Config)))
        {
            WriteConfig(config);
        }
    }

    /// <summary>A server that ran has promised what its directory holds: no other directory may take its place, nor it another's (P7).</summary>
    private static void RequirePast(ServerConfig config, ServerPast past, NodeIdentity identity)
    {
        var ran = File.Exists(Path.Combine(config.DataPath, DataDirectory.StartedFile));
        if (past == ServerPast.None && ran)
        {
            throw ServiceErrors.Of(
                ErrorCode.DataDirectoryInUse,
                $"The data directory {config.DataPath} holds the data of a server {config.Id} of this cluster that ran before; it was left as it is. "
                + "If the cluster has no such server any more, move the directory away.");
        }

        var listed = config.Members.First(m => m.Id == config.Id).Incarnation;
        if (past == ServerPast.Ran && !ran)
        {
            throw Missing($"The data in {config.DataPath} of server {config.Name} is gone, though the server ran before.");
        }

        if (listed != 0 && listed != identity.Incarnation)
        {
            throw Missing(
                $"The data directory {config.DataPath} has incarnation {identity.Incarnation:x16}, but server {config.Name} is known with "
                + $"{listed:x16}: its own directory is gone.");
        }
    }

    private static Grpc.Core.RpcException Unusable(string why) =>
        ServiceErrors.Of(new ErrorDetail { Code = ErrorCode.ServerStartFailed, Message = why, DataUnusable = true });

    private static Grpc.Core.RpcException Missing(string what) => ServiceErrors.Of(
        ErrorCode.DataDirectoryMissing, what + " Another one must not take its place, because it lacks what the server had acknowledged.");

    /// <summary>A directory in which something else lies is not for a server, which may be deleted with all that is in it.</summary>
    private static void RefuseFiles(string path)
    {
        if (Directory.Exists(path)
            && Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).Except(Unfinished).FirstOrDefault() is { } found)
        {
            throw ServiceErrors.Of(
                ErrorCode.DataDirectoryInUse,
                $"The data directory {path} belongs to no server, and is not empty: {found} lies there. Choose another, or empty it.");
        }
    }

    private static DataDirectoryLock Hold(string dataPath)
    {
        try
        {
            return DataDirectoryLock.Acquire(dataPath);
        }
        catch (DataDirectoryInUseException e)
        {
            throw ServiceErrors.Of(ErrorCode.DataDirectoryInUse, e.Message);
        }
    }

    private static NodeIdentity MakeIdentity(ServerConfig config)
    {
        try
        {
            var incarnation = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
            return NodeIdentity.Create(RealDisk.Instance, config.DataPath, config.ClusterId, config.Id, incarnation, config.Options.Storage);
        }
        catch (IOException e)
        {
            throw ServiceErrors.Of(ErrorCode.ServerStartFailed, $"The data directory {config.DataPath} cannot be initialised: {e.Message}");
        }
    }

    private static NodeIdentity ReadOwn(ServerConfig config, ServerPast past)
    {
        NodeIdentity holder;
        try
        {
            holder = NodeIdentity.Read(RealDisk.Instance, config.DataPath);
        }
        catch (InvalidDataException e)
        {
            throw Unusable(e.Message);
        }

        if (holder.ClusterId != config.ClusterId || holder.ServerId != config.Id)
        {
            if (past == ServerPast.Ran)
            {
                throw Missing(
                    $"The data directory {config.DataPath} of server {config.Name} holds that of server {holder.ServerId} of cluster {holder.ClusterId}: "
                    + "its own directory is gone.");
            }

            throw ServiceErrors.Of(
                ErrorCode.DataDirectoryInUse,
                $"The data directory {config.DataPath} belongs to server {holder.ServerId} of cluster {holder.ClusterId}; it was left as it is. Choose another. "
                + $"Where that cluster's file is lost, 'raftkv-node backup --data {config.DataPath} --output FILE' saves what the server has, and Restore-RaftCluster makes a cluster of it.");
        }

        try
        {
            holder.RequireStorage(RealDisk.Instance, config.DataPath, config.Options.Storage);
            return holder;
        }
        catch (InvalidDataException e)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, e.Message);
        }
    }

    private static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerDirectory);
        }
    }

    private static void WriteConfig(ServerConfig config)
    {
        Api.OutputFile.Write(Path.Combine(config.DataPath, ServerFiles.Config), ClusterJson.Write(config), OwnerFile);
    }
}
