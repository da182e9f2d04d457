using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;

namespace RaftKv.Api.Launch;

/// <summary>
/// A cluster name held by one launch: the directory of its file exists from here on. Names are taken under a file lock,
/// so that two sessions that start clusters at the same moment do not both call theirs <c>raft1</c>.
/// </summary>
internal sealed class NameClaim
{
    private const int RetryMs = 20;

    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(10);

    /// <summary>A directory without a cluster file is a launch under way, or one that was killed this long ago.</summary>
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    private NameClaim(string name, ClusterSpec? stopped)
    {
        Name = name;
        Stopped = stopped;
    }

    public string Name { get; }

    /// <summary>The stopped cluster of this name whose data was kept, to be started again; or null.</summary>
    public ClusterSpec? Stopped { get; }

    /// <exception cref="RaftKvException">InvalidArgument: the name is taken by a running cluster.</exception>
    public static async Task<NameClaim> TakeAsync(string? name, CancellationToken cancellationToken)
    {
        using var held = await LockAsync(cancellationToken);
        LocalCluster.DeleteLeftovers();
        if (name is null)
        {
            var number = 1;
            while (Directory.Exists(DirectoryOf($"raft{number}")) && !IsForgotten($"raft{number}"))
            {
                number++;
            }

            name = $"raft{number}";
        }

        name = SpellingOf(name);
        var stopped = await ReadStoppedAsync(name, cancellationToken);
        UserFiles.CreateDirectory(DirectoryOf(name));
        Directory.SetLastWriteTimeUtc(DirectoryOf(name), DateTime.UtcNow);
        return new NameClaim(name, stopped);
    }

    /// <summary>Frees the name; a stopped cluster keeps its file.</summary>
    public async Task GiveBackAsync()
    {
        using var held = await LockAsync(CancellationToken.None);
        ClusterData.DeleteIfEmpty(DirectoryOf(Name));
    }

    /// <summary>Holds off every other session that takes or frees a name, until it is disposed of.</summary>
    public static async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        UserFiles.AtHome(() =>
        {
            UserFiles.CreateDirectory(ClusterSpec.DefaultDirectory);
            return true;
        });
        var path = Path.Combine(ClusterSpec.DefaultDirectory, ".lock");
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return UserFiles.AtHome(() => FileLock.Acquire(path, UserFiles.OwnerFile));
            }
            catch (FileLockedException) when (TimeProvider.System.GetElapsedTime(started) < LockLimit)
            {
                await Task.Delay(RetryMs, cancellationToken);
            }
        }
    }

    private static string DirectoryOf(string name) => Path.GetDirectoryName(ClusterSpec.FileOf(name))!;

    /// <summary>PowerShell's users do not tell names by case, and some file systems do not either: a cluster of the same letters is the one that is meant.</summary>
    private static string SpellingOf(string name)
    {
        string[] alike = [.. Directory.EnumerateDirectories(ClusterSpec.DefaultDirectory).Select(d => Path.GetFileName(d)!)
            .Where(n => string.Equals(n, name, StringComparison.OrdinalIgnoreCase))];
        return alike.Length == 0 || alike.Contains(name, StringComparer.Ordinal) ? name : alike[0];
    }

    private static async Task<ClusterSpec?> ReadStoppedAsync(string name, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(DirectoryOf(name)) || IsForgotten(name))
        {
            return null;
        }

        if (!File.Exists(ClusterSpec.FileOf(name)))
        {
            throw new RaftKvException(ErrorKind.InvalidArgument, $"A cluster named '{name}' is being started. Choose another name.");
        }

        var spec = ClusterSpec.Load(ClusterSpec.FileOf(name));

        // One that cannot be seen and does not answer may be started again: each server's directory lets only one process in.
        return spec is { DataIsTemporary: false, DataPath: not null, Agents.Count: > 0 }
            && spec.Agents.All(a => a.ProcessId != 0)
            && await LocalCluster.FindStateAsync(spec, cancellationToken) != AgentState.Running
            ? spec
            : throw new RaftKvException(
                ErrorKind.InvalidArgument,
                $"A cluster named '{name}' exists ('{spec.Path}'). Stop or remove it, or choose another name.");
    }

    private static bool IsForgotten(string name) =>
        !File.Exists(ClusterSpec.FileOf(name)) && Directory.GetLastWriteTimeUtc(DirectoryOf(name)) < DateTime.UtcNow - ForgottenAfter;
}
