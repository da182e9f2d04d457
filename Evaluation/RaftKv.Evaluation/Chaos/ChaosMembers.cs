using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Evaluation.Chaos;

/// <summary>
/// The members of a cluster that a monkey grows and shrinks. A schedule names servers as they were when it began; one that
/// was removed stands for the newcomer that took its place. Used by one step at a time.
/// </summary>
internal sealed class ChaosMembers(ClusterClient cluster, Action<ClusterSpec>? changed)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromSeconds(10);

    private readonly int _count = cluster.Spec.Servers.Count;
    private readonly Dictionary<int, int> _successors = [];
    private bool _newestVotes;

    /// <summary>The server that a schedule means by an id.</summary>
    public int At(int id)
    {
        while (_successors.TryGetValue(id, out var successor))
        {
            id = successor;
        }

        return id;
    }

    /// <summary>Starts a server and makes it a voter.</summary>
    /// <exception cref="RaftKvException">It could not be added, or could not catch up and stays a learner.</exception>
    public async Task AddAsync(CancellationToken cancellationToken)
    {
        _newestVotes = false;
        try
        {
            var added = await ClusterMembership.AddLearnerAsync(cluster, StartLimit, progress: null, cancellationToken);
            changed?.Invoke(cluster.Spec);
            await cluster.Admin.PromoteMemberAsync(added.Id, CatchUpLimit, cancellationToken);
            _newestVotes = true;
        }
        finally
        {
            changed?.Invoke(cluster.Spec);
        }
    }

    /// <summary>
    /// Removes the leader, or else the newest server, so that there are as many as at first. A newcomer that does not
    /// vote takes no one's place.
    /// </summary>
    /// <exception cref="RaftKvException">The cluster did not agree to it.</exception>
    public async Task RemoveAsync(bool leader, CancellationToken cancellationToken)
    {
        if (cluster.Spec.Servers.Count <= _count)
        {
            return;
        }

        var newest = cluster.Spec.Servers.Max(s => s.Id);
        var goes = leader && _newestVotes && await cluster.GetLeaderViewsAsync(cancellationToken) is [var first, ..] ? first.Id : newest;
        try
        {
            await ClusterMembership.RemoveAsync(cluster, goes, force: true, progress: null, cancellationToken);
            if (goes != newest)
            {
                _successors[goes] = newest;
            }
        }
        finally
        {
            changed?.Invoke(cluster.Spec);
        }
    }

    /// <summary>Removes what was added and is still there.</summary>
    /// <exception cref="RaftKvException">The cluster did not agree to it.</exception>
    public async Task MendAsync(CancellationToken cancellationToken)
    {
        while (cluster.Spec.Servers.Count > _count)
        {
            await RemoveAsync(leader: false, cancellationToken);
        }
    }
}
