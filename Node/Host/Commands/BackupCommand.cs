using System.CommandLine;
using RaftKv.Api;
using RaftKv.Api.Backups;
using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;
using RaftKv.Node.Inspect;
using RaftKv.Node.Options;

namespace RaftKv.Node.Commands;

/// <summary>
/// <c>raftkv-node backup</c>: makes a backup of what a server's directory holds, without the server and without a majority.
/// Changes nothing there, so that it may be pointed at a running server's directory.
/// </summary>
internal static class BackupCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var data = new Option<DirectoryInfo>("--data", "-d") { Description = "The server's data directory.", Required = true };
        var output = new Option<FileInfo?>("--output", "-o") { Description = "The backup to write. Without it, only how far the directory reaches is said." };
        var force = new Option<bool>("--force") { Description = "Replace a file that exists." };
        var command = new Command("backup", "Makes a backup of what a server's directory holds, for the case that a majority of the directories is lost.")
        {
            data, output, force,
        };
        command.SetAction(async (result, cancellationToken) => (int)await CommandLine.RunAsync(result, async () =>
        {
            var directory = result.GetRequiredValue(data).FullName;
            var copy = result.GetValue(output) is { } file
                ? await WriteAsync(directory, file.FullName, result.GetValue(force), cancellationToken)
                : Survey(directory);
            result.InvocationConfiguration.Output.WriteLine(BackupJson.Write(copy));
            return ExitCode.Success;
        }));
        return command;
    }

    private static StoredCopy Survey(string directory) => Look(directory, () =>
    {
        var (identity, last, isTrimmed) = StoredState.Survey(new ReadOnlyDisk(), directory);
        return new StoredCopy(identity.ClusterId, identity.ServerId, last.Index.Value, last.Term.Value, 0, isTrimmed, []);
    });

    private static async Task<StoredCopy> WriteAsync(string directory, string output, bool force, CancellationToken cancellationToken)
    {
        var parts = output + ".parts";
        try
        {
            BackupFile.RequireFree(output, force);
            var state = Look(directory, () => StoredState.Read(new ReadOnlyDisk(), directory));
            using var snapshots = SnapshotStore.Open(RealDisk.Instance, parts);
            var snapshot = snapshots.Save(state.Meta, state.View);
            var copy = new StoredCopy(
                state.Identity.ClusterId, state.Identity.ServerId, state.Meta.Last.Index.Value, state.Meta.Last.Term.Value,
                state.SnapshotIndex.Value, state.TailWasTrimmed, [.. state.Meta.Configuration.Members.Where(m => m.IsVoter).Select(m => m.Id.Value)]);
            await BackupFile.WriteAsync(output, force, InfoOf(directory, copy, state.Meta.Configuration.Members.Count), ReadAsync(snapshot), cancellationToken);
            return copy;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file to write is what is wrong here: what the directory has was read before.
            throw new StartException(ExitCode.Usage, e.Message, e);
        }
        finally
        {
            if (Directory.Exists(parts))
            {
                Directory.Delete(parts, recursive: true);
            }
        }
    }

    private static T Look<T>(string directory, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw new StartException(ExitCode.DataUnusable, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(ExitCode.DataUnusable, $"The data directory {directory} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What the backup says of itself; what only the server's config knows is left out where that is gone.</summary>
    private static BackupInfo InfoOf(string directory, StoredCopy copy, int serverCount)
    {
        var info = new BackupInfo
        {
            ClusterId = copy.ClusterId,
            ServerId = copy.ServerId,
            ServerName = $"n{copy.ServerId}",
            Index = copy.Index,
            Term = copy.Term,
            CommittedIndex = copy.CommittedIndex,
            CreatedUtc = DateTimeOffset.UtcNow,
            ServerCount = serverCount,
        };
        var path = Path.Combine(directory, ServerFiles.Config);
        try
        {
            var config = ServerConfig.Parse(File.ReadAllBytes(path));
            return info with { ClusterName = config.ClusterName, ServerName = config.Name, Options = config.Options };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RaftKvException)
        {
            return info;
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string path)
    {
        const int PieceBytes = 256 * 1024;
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, PieceBytes, useAsync: true);
        var piece = new byte[PieceBytes];
        int count;
        while ((count = await file.ReadAsync(piece)) > 0)
        {
            yield return piece.AsMemory(0, count);
        }
    }
}
