using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;

namespace RaftKv.Api.Launch;

/// <summary>
/// A cluster name held by one launch, however long that takes: by a lock, which ends with its process. Names are taken and
/// given back under another lock, so that two sessions that start clusters at the same moment do not both call theirs
/// <c>raft1</c>.
/// </summary>
internal sealed class NameClaim
{
    private const int RetryMs = 20;

    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(10);

    private readonly FileStream _held;

    private NameClaim(string name, ClusterSpec? stopped, FileStream held, IReadOnlyList<ClusterSpec> lost)
    {
        Lost = lost;
        Name = name;
        Stopped = stopped;
        _held = held;
    }

    public string Name { get; }

    /// <summary>The stopped cluster of this name whose data was kept, to be started again; or null.</summary>
    public ClusterSpec? Stopped { get; }

    /// <summary>Temporary clusters that had lost their agent when the name was taken, or were just being stopped.</summary>
    public IReadOnlyList<ClusterSpec> Lost { get; }

    /// <summary>Takes a name, and removes what launches left that were cut off.</summary>
    /// <param name="name">The name, or null for a free one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="onWarning">Told what was removed and what could not be.</param>
    /// <exception cref="RaftKvException">
    /// InvalidArgument: the name is taken by a running cluster, or by what is left of one that was lost; else as it is said of
    /// a launch of this name that was cut off and could not be removed.
    /// </exception>
    public static async Task<NameClaim> TakeAsync(string? name, CancellationToken cancellationToken, Action<string>? onWarning = null)
    {
        using var names = await LockAsync(cancellationToken);
        var (left, lost) = await Leftovers.RemoveAsync(onWarning, cancellationToken);
        var (taken, held) = name is null ? TakeFree() : TakeNamed(SpellingOf(name));
        try
        {
            if (left.TryGetValue(taken, out var trouble))
            {
                throw new RaftKvException(ErrorKind.InvalidArgument, trouble);
            }

            foreach (var (_, other) in left)
            {
                onWarning?.Invoke(other);
            }

            var stopped = await ReadStoppedAsync(taken, cancellationToken);
            UserFiles.CreateDirectory(DirectoryOf(taken));
            return new NameClaim(taken, stopped, held, lost);
        }
        catch
        {
            Free(taken, held);
            throw;
        }
    }

    /// <summary>Frees the name, unless there is a cluster of it by now. To be called however the launch ends.</summary>
    public async Task GiveBackAsync()
    {
        try
        {
            using var names = await LockAsync(CancellationToken.None);
            Free(Name, _held);
            ClusterData.DeleteIfEmpty(DirectoryOf(Name));
        }
        catch (FileLockedException)
        {
            // What is left takes no name: the next launch of it makes use of it.
            await _held.DisposeAsync();
        }
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

    /// <summary>The first name that neither a cluster nor a launch has, whatever its case.</summary>
    private static (string Name, FileStream Held) TakeFree()
    {
        for (var number = 1; ; number++)
        {
            var name = $"raft{number}";
            if (!File.Exists(ClusterSpec.FileOf(SpellingOf(name))) && !LaunchRecord.Exists(SpellingOf(name)) && TryHold(name) is { } held)
            {
                return (name, held);
            }
        }
    }

    private static (string Name, FileStream Held) TakeNamed(string name) => (name, TryHold(name)
        ?? throw IsBeingStarted(name));

    public static RaftKvException IsBeingStarted(string name) =>
        new(ErrorKind.InvalidArgument, $"A cluster named '{name}' is being started: wait until that is done, or choose another name.");

    /// <summary>Whether a launch of this name goes on. The caller holds the lock of the names.</summary>
    public static bool IsHeld(string name)
    {
        if (TryHold(name) is not { } held)
        {
            return true;
        }

        Free(name, held);
        return false;
    }

    /// <summary>Takes the lock that a launch of this name holds for its life; null where one goes on.</summary>
    public static FileStream? TryHold(string name)
    {
        try
        {
            return UserFiles.AtHome(() => FileLock.Acquire(LockOf(name), UserFiles.OwnerFile));
        }
        catch (FileLockedException)
        {
            return null;
        }
    }

    /// <summary>Gives back what <see cref="TryHold"/> took. The caller holds the lock of the names.</summary>
    public static void Free(string name, FileStream held)
    {
        held.Dispose();
        File.Delete(LockOf(name));
    }

    private static string LockOf(string name) => Path.Combine(ClusterSpec.DefaultDirectory, $".{name.ToLowerInvariant()}.launch");

    private static async Task<ClusterSpec?> ReadStoppedAsync(string name, CancellationToken cancellationToken)
    {
        if (!File.Exists(ClusterSpec.FileOf(name)))
        {
            // A directory without a file is what a launch left that was killed before it had made anything.
            return null;
        }

        var spec = ClusterSpec.Load(ClusterSpec.FileOf(name));

        if (LocalCluster.IsLost(spec))
        {
            throw new RaftKvException(ErrorKind.InvalidArgument, Leftovers.Explain(spec) + " Nothing was started.");
        }

        // One that cannot be seen and does not answer may be started again: each server's directory lets only one process in.
        return spec is { DataIsTemporary: false, DataPath: not null, Agents.Count: > 0 }
            && spec.Agents.All(a => a.ProcessId != 0)
            && await LocalCluster.FindStateAsync(spec, cancellationToken) != AgentState.Running
            ? spec
            : throw new RaftKvException(
                ErrorKind.InvalidArgument,
                $"A cluster named '{name}' exists ('{spec.Path}'). Stop or remove it, or choose another name.");
    }
}
