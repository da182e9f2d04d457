using System.CommandLine;
using System.Security.Cryptography;
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
        var disk = RealDisk.Instance;
        disk.CreateDirectory(config.DataPath);
        var incarnation = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
        try
        {
            NodeIdentity.Create(disk, config.DataPath, config.ClusterId, config.Id, incarnation);
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
