using System.Diagnostics;
using System.Text.Json;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Backups;

/// <summary>
/// The way out when a majority of a cluster's disks is lost: a backup of the best copy that is left, with the loss stated.
/// The best one is the one whose last entry is newest, by term and then by index: every acknowledged write that any server
/// still holds up to there is in it. Works on the directories of this machine, whether their servers run or not, and
/// changes nothing in them.
/// </summary>
public static class SurvivingCopies
{
    /// <summary>The exit code of the node that speaks of the directory and not of the file to write.</summary>
    private const int DataUnusable = 74;

    private static readonly string[] Replace = ["--force"];

    /// <summary>Makes the backup.</summary>
    /// <param name="spec">The cluster.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether a file that exists may be replaced.</param>
    /// <param name="nodePath">The executable; null: found beside the module.</param>
    /// <param name="cancellationToken">Ends it; no file is left then.</param>
    /// <returns>The backup, and what is lost and what may be, a sentence each.</returns>
    /// <exception cref="RaftKvException">DataDirectoryMissing: no server's directory is left here that can be read; the message tells of each.</exception>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static async Task<(BackupInfo Backup, IReadOnlyList<string> Loss)> SaveBestAsync(
        ClusterSpec spec, string path, bool replace, string? nodePath = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        BackupFile.RequireFree(path, replace);
        var node = NodeExecutable.Find(nodePath);
        var copies = new List<(ServerSpec Server, string Directory, StoredCopy Copy)>();
        var lost = new List<(ServerSpec Server, string Why)>();
        var damaged = new List<string>();
        foreach (var server in spec.Servers)
        {
            var directory = ServerConfig.Of(spec, server).DataPath;
            try
            {
                var copy = await RunAsync(node, ["backup", "--data", directory], cancellationToken);
                if (copy.ClusterId == spec.ClusterId && copy.ServerId == server.Id)
                {
                    copies.Add((server, directory, copy));
                    if (copy.TailWasTrimmed)
                    {
                        damaged.Add($"The end of the log of {server.Name} is damaged and was left out: it counts as lost where it is asked whether a majority is left.");
                    }
                }
                else
                {
                    lost.Add((server, $"{directory} belongs to server {copy.ServerId} of cluster {copy.ClusterId}"));
                }
            }
            catch (RaftKvException e) when (e.Kind == ErrorKind.DataDirectoryMissing)
            {
                lost.Add((server, e.Message));
            }
        }

        // The next best takes the place of one that turns out to be damaged when all of it is read.
        foreach (var best in copies.OrderByDescending(c => c.Copy.Term).ThenByDescending(c => c.Copy.Index).ToList())
        {
            try
            {
                var taken = await RunAsync(node, ["backup", "--data", best.Directory, "--output", Path.GetFullPath(path), .. replace ? Replace : []], cancellationToken);
                return (BackupFile.Read(path), LossOf(best.Server, taken, [.. copies.Where(c => !c.Copy.TailWasTrimmed).Select(c => c.Server.Id)], spec, damaged));
            }
            catch (RaftKvException e) when (e.Kind == ErrorKind.DataDirectoryMissing)
            {
                copies.Remove(best);
                lost.Add((best.Server, e.Message));
                damaged.Add($"The copy of {best.Server.Name} reached entry {best.Copy.Index} of term {best.Copy.Term} and is damaged: {e.Message}");
            }
        }

        throw new RaftKvException(
            ErrorKind.DataDirectoryMissing,
            $"No copy of cluster '{spec.Name}' is left that could be read here: {string.Join(" ", lost.OrderBy(l => l.Server.Id).Select(l => $"{l.Server.Name}: {l.Why}"))} "
            + "Where directories lie on other machines, run 'raftkv-node backup --data DIRECTORY --output FILE' there.");
    }

    private static List<string> LossOf(ServerSpec best, StoredCopy taken, int[] left, ClusterSpec spec, List<string> damaged)
    {
        var loss = new List<string>(damaged)
        {
            $"The best copy that is left is that of {best.Name}: it ends with entry {taken.Index} of term {taken.Term}.",
        };
        int[] lost = [.. taken.Voters.Except(left)];
        if (taken.Voters.Count - lost.Length > taken.Voters.Count / 2)
        {
            loss.Add(
                $"{taken.Voters.Count - lost.Length} of {taken.Voters.Count} voters' copies are left, which is a majority: no acknowledged write is lost. "
                + (spec.DataIsTemporary ? "Its data is temporary: Restore-RaftCluster makes a new cluster of this copy." : "While those servers can be started, the cluster itself can go on."));
        }
        else
        {
            var names = lost.Select(id => spec.Servers.FirstOrDefault(s => s.Id == id)?.Name ?? $"server {id}");
            loss.Add(
                $"{lost.Length} of {taken.Voters.Count} voters are lost or damaged ({string.Join(", ", names)}). A write that they acknowledged and that lies after entry "
                + $"{taken.Index} is lost; whether there is any cannot be known.");
        }

        if (taken.Index > taken.CommittedIndex)
        {
            loss.Add(
                $"The files do not tell whether the entries {taken.CommittedIndex + 1} to {taken.Index} were acknowledged. They are in it, so that a write that ended as "
                + "unknown may have happened.");
        }

        return loss;
    }

    private static async Task<StoredCopy> RunAsync(string node, List<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(node, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start) ?? throw new RaftKvException(ErrorKind.ServerStartFailed, $"'{node}' could not be started.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        try
        {
            return process.ExitCode == 0
                ? BackupJson.ReadCopy(await output)
                : throw new RaftKvException(process.ExitCode == DataUnusable ? ErrorKind.DataDirectoryMissing : ErrorKind.InvalidArgument, (await error).Trim().Replace("raftkv-node: ", "", StringComparison.Ordinal));
        }
        catch (JsonException e)
        {
            throw new RaftKvException(ErrorKind.Unexpected, $"'{node} {arguments[0]}' said something that cannot be understood: {e.Message}", e);
        }
    }
}
