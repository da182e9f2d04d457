using System.CommandLine;
using System.Security.Cryptography;
using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;
using RaftKv.Node.Options;

namespace RaftKv.Node.Commands;

/// <summary><c>raftkv-node init</c>: makes a server's data directory and identity, once.</summary>
internal static class InitCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var config = CommandLine.ConfigOption();
        var command = new Command("init", "Makes a server's data directory and its identity. Refuses a directory that has one.") { config };
        command.SetAction(result => (int)CommandLine.Run(result, () => Run(CommandLine.ConfigPath(result, config), result.InvocationConfiguration.Output)));
        return command;
    }

    private static ExitCode Run(string configPath, TextWriter output)
    {
        var config = ConfigFile.Load(configPath);
        RefuseServerThatRan(config);
        var disk = RealDisk.Instance;
        disk.CreateDirectory(config.DataPath);
        var incarnation = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
        try
        {
            NodeIdentity.Create(disk, config.DataPath, config.ClusterId, config.Id, incarnation, config.Options.Storage);
        }
        catch (IOException e)
        {
            var holder = TryReadIdentity(disk, config.DataPath);
            throw new StartException(
                holder is null ? ExitCode.DataUnusable : ExitCode.AlreadyInitialised,
                holder is null
                    ? $"The data directory {config.DataPath} cannot be initialised: {e.Message}"
                    : $"The data directory {config.DataPath} already belongs to server {holder.ServerId} of cluster {holder.ClusterId}; it was left as it is.",
                e);
        }

        output.WriteLine($"Server {config.Id} of cluster {config.ClusterId} has its data in {config.DataPath}, incarnation {incarnation:x16}.");
        return ExitCode.Success;
    }

    /// <summary>A server that lost its identity or its directory must not be made again under its id (P7).</summary>
    private static void RefuseServerThatRan(ServerConfig config)
    {
        var hasIdentity = File.Exists(Path.Combine(config.DataPath, DataDirectory.IdentityFile));
        string[] data = [DataDirectory.LogDirectory, DataDirectory.SnapshotDirectory, DataDirectory.StartedFile];
        if (!hasIdentity && data.FirstOrDefault(d => Path.Exists(Path.Combine(config.DataPath, d))) is { } found)
        {
            throw new StartException(
                ExitCode.DataUnusable,
                $"The data directory {config.DataPath} holds '{found}' of a server, but not its {DataDirectory.IdentityFile}: restore that from a "
                + "copy, or remove the server from the cluster and add one under a new id with an empty directory.");
        }

        if (!hasIdentity && config.Members.First(m => m.Id == config.Id).Incarnation is not 0 and var listed)
        {
            throw new StartException(
                ExitCode.DataUnusable,
                $"The config lists server {config.Id} with incarnation {listed:x16}: its directory was made before and is not at {config.DataPath}. "
                + "Give it back its directory, or remove the server from the cluster and add one under a new id.");
        }
    }

    private static NodeIdentity? TryReadIdentity(RealDisk disk, string dataPath)
    {
        try
        {
            return NodeIdentity.Read(disk, dataPath);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
