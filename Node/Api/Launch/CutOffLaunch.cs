using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>
/// What is left of launches whose session was killed before they were done: data, servers and agents of a cluster that has no
/// file. The next launch removes them; this is for who wants to see or remove them without one.
/// </summary>
public static class CutOffLaunch
{
    /// <summary>What a launch of this name was to make; null where there is no such launch, or a cluster of that name.</summary>
    /// <exception cref="RaftKvException">ClusterFileInvalid: its record cannot be used.</exception>
    public static ClusterSpec? Find(string name) =>
        LaunchRecord.Names().FirstOrDefault(found => string.Equals(found, name, StringComparison.OrdinalIgnoreCase)) is { } spelled
        && !File.Exists(ClusterSpec.FileOf(spelled)) ? LaunchRecord.Read(spelled)?.Spec : null;

    /// <summary>The names of all of them, also where a stopped cluster was to be started again.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken = default)
    {
        if (LaunchRecord.Names().Count == 0)
        {
            return [];
        }

        using var names = await NameClaim.LockAsync(cancellationToken);
        return [.. LaunchRecord.Names().Where(name => !NameClaim.IsHeld(name))];
    }

    /// <summary>Whether a start of this cluster was cut off, or goes on at this moment. A record that cannot be used says nothing of either.</summary>
    public static bool IsOf(ClusterSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        try
        {
            return LaunchRecord.Read(spec.Name)?.Spec.ClusterId == spec.ClusterId;
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.ClusterFileInvalid)
        {
            return false;
        }
    }

    /// <summary>Ends and deletes what the launch of a name left.</summary>
    /// <exception cref="RaftKvException">It goes on, or not all of it could be removed; the message says what is left and what to do.</exception>
    public static async Task RemoveAsync(string name, CancellationToken cancellationToken = default)
    {
        using var names = await NameClaim.LockAsync(cancellationToken);
        var held = NameClaim.TryHold(name) ?? throw NameClaim.IsBeingStarted(name);
        try
        {
            await Leftovers.RemoveCutOffAsync(name, cancellationToken);
        }
        finally
        {
            NameClaim.Free(name, held);
        }
    }
}
