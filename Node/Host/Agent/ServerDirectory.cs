using System.Security.Cryptography;
using System.Text.Json;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Engine.Storage;
using RaftKv.Node.Options;
using RaftKv.Node.Services;

namespace RaftKv.Node.Agent;

/// <summary>Makes a server's data directory: its config, readable by the owner only for the token in it, and its identity.</summary>
internal static class ServerDirectory
{
    /// <summary>The config's name in the data directory.</summary>
    public const string ConfigName = "server.json";

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
    /// Makes directory and identity, or takes over a directory that belongs to this very server: a stopped cluster is
    /// started again that way, with its data and new ports.
    /// </summary>
    /// <exception cref="Grpc.Core.RpcException">DataDirectoryInUse: a live server holds it, or it belongs to another server; nothing was changed.</exception>
    public static void Prepare(ServerConfig config)
    {
        CreateDirectory(config.DataPath);
        using var held = Hold(config.DataPath);
        var disk = RealDisk.Instance;
        try
        {
            NodeIdentity.Create(disk, config.DataPath, config.ClusterId, config.Id, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        }
        catch (IOException e)
        {
            RefuseStranger(config, e);
        }

        WriteConfig(config);
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

    private static void RefuseStranger(ServerConfig config, IOException why)
    {
        try
        {
            var holder = NodeIdentity.Read(RealDisk.Instance, config.DataPath);
            if (holder.ClusterId == config.ClusterId && holder.ServerId == config.Id)
            {
                return;
            }

            throw ServiceErrors.Of(
                ErrorCode.DataDirectoryInUse,
                $"The data directory {config.DataPath} belongs to server {holder.ServerId} of cluster {holder.ClusterId}; it was left as it is. Choose another.");
        }
        catch (InvalidDataException e)
        {
            throw ServiceErrors.Of(
                ErrorCode.ServerStartFailed,
                $"The data directory {config.DataPath} cannot be initialised: {why.Message} {e.Message}");
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
        var path = Path.Combine(config.DataPath, ConfigName);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(ClusterJson.Write(config));
    }
}
