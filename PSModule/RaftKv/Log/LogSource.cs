using System.Runtime.CompilerServices;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Where a server's log is read: from the server, or from its files through the agent.</summary>
internal static class LogSource
{
    /// <summary>What the files say of the log as a whole.</summary>
    public static async Task<StoredLogView> HeadAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        await foreach (StoredLogView view in Agent(target).InspectLogAsync(target.Cluster.ClusterId, target.Id, long.MaxValue, 0, cancellationToken))
        {
            return view;
        }

        throw new RaftKvException(ErrorKind.Unexpected, $"The agent said nothing of the log of {target}.");
    }

    /// <summary>The entries in the files.</summary>
    public static async IAsyncEnumerable<LogEntryView> ReadFilesAsync(
        ServerTarget target, long firstIndex, long maxCount, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StoredLogView view in Agent(target).InspectLogAsync(target.Cluster.ClusterId, target.Id, firstIndex, maxCount, cancellationToken))
        {
            if (view.Entry is { } entry)
            {
                yield return entry;
            }
        }
    }

    /// <summary>The whole log from an index on: from the server if it answers, else from its files, which do not say what is committed.</summary>
    public static async Task<(IReadOnlyList<LogEntryView> Entries, bool FromDisk)> ReadAllAsync(
        ServerTarget target, long firstIndex, CancellationToken cancellationToken)
    {
        try
        {
            return (await target.Cluster.Session.Client.ReadLogViewsAsync(target.Id, firstIndex, long.MaxValue, cancellationToken).ToListAsync(cancellationToken), false);
        }
        catch (RaftKvException e) when (e.Kind is ErrorKind.ServerUnreachable or ErrorKind.ReadTimeout)
        {
            return (await ReadFilesAsync(target, firstIndex, 0, cancellationToken).ToListAsync(cancellationToken), true);
        }
    }

    private static AgentClient Agent(ServerTarget target) => target.Cluster.Session.Client.AgentOf(target.Id);
}
