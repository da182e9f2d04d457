namespace RaftKv.Core.Consensus;

/// <summary>
/// Who belongs to the cluster, and who counts (thesis 4.1): the last configuration of the log is in force, committed or
/// not.
/// </summary>
public sealed partial class Raft
{
    private readonly ConfigurationHistory _configurations = new();
    private readonly Dictionary<NodeId, Progress> _everSeen = [];
    private Progress[] _peers = [];
    private bool _isVoter;
    private int _voterCount;
    private ConfigurationChange _reportedConfiguration;

    /// <summary>Who belongs to the cluster: the last configuration of the log, committed or not (thesis 4.1).</summary>
    public Configuration Configuration => _configurations.InForce.Configuration;

    /// <summary>Where the log holds it; zero for the one the cluster started with.</summary>
    public LogIndex ConfigurationIndex => _configurations.InForce.Index;

    /// <summary>Whether this server votes and counts in the configuration in force.</summary>
    public bool IsVoter => _isVoter;

    /// <summary>
    /// The last configuration that is known to be committed. A follower may have to wait for its leader's next word to
    /// know; what it knows stays true.
    /// </summary>
    public PlacedConfiguration CommittedConfiguration => ConfigurationAt(_commit);

    internal int Majority => Quorum.Majority(_voterCount);

    private bool IsOnlyVoter => _isVoter && _voterCount == 1;

    /// <summary>
    /// A voter may campaign, and so may one whose removal is not committed yet: without it, servers that do not know
    /// of its removal could lack a majority (M4). A learner never may.
    /// </summary>
    internal bool MayCampaign => _isVoter || _configurations.IsVoterUntil(_commit, _options.Id);

    /// <summary>The configuration that held right after an entry, for a snapshot that ends there (S3).</summary>
    public PlacedConfiguration ConfigurationAt(LogIndex index) => _configurations.At(index);

    private void StartMembership(RecoveredState recovered)
    {
        // What a snapshot says is the last word up to its end (S3). The start-up list is only the first word (M7), and of
        // a later one no more is taken than where servers are reached now.
        _configurations.Add(recovered.Snapshot is { } snapshot
            ? new PlacedConfiguration(snapshot.ConfigurationIndex, snapshot.Configuration)
            : new PlacedConfiguration(LogIndex.Zero, recovered.FirstMembership?.At(_options.Addresses) ?? _options.FirstMembership));
        foreach (var placed in recovered.Configurations.Where(c => c.Index > (recovered.Snapshot?.Last.Index ?? LogIndex.Zero)))
        {
            _configurations.Add(placed);
        }

        UseConfiguration();
        _reportedConfiguration = new ConfigurationChange(ConfigurationIndex, Configuration, ConfigurationIndex <= _commit);
    }

    /// <summary>
    /// Forgets the configurations that a snapshot speaks for. What follows it in the log stays in force, or is gone
    /// with the log.
    /// </summary>
    private void ReplaceConfigurations(SnapshotMeta meta, bool keepsLater)
    {
        _configurations.Replace(meta, keepsLater);
        UseConfiguration();
    }

    private void AppendConfiguration(in LogEntry entry)
    {
        try
        {
            _configurations.Add(new PlacedConfiguration(entry.Id.Index, ConfigurationCodec.Decode(entry.Payload.Span)));
            UseConfiguration();
        }
        catch (FormatException fault)
        {
            StopWith("UnreadableConfiguration",
                $"{_options.Id} cannot read the membership in entry {entry.Id} from {_leader}: {fault.Message} "
                + "All servers of a cluster must run versions that understand each other: update this one.");
        }
    }

    private void DropConfigurations(LogIndex from)
    {
        if (_configurations.DropFrom(from))
        {
            UseConfiguration();
        }
    }

    /// <summary>
    /// Takes the last configuration for the one in force. What is known of a server that leaves is kept, in case the
    /// change is taken back: what it acknowledged is asked for when it comes back (P7).
    /// </summary>
    private void UseConfiguration()
    {
        var configuration = Configuration;
        var peers = new List<Progress>(configuration.Members.Count);
        foreach (var member in configuration.Members)
        {
            if (member.Id == _options.Id)
            {
                continue;
            }

            if (!_everSeen.TryGetValue(member.Id, out var peer) || peer.IsOther(member.Incarnation))
            {
                // Another server, where an addition was lost before it was committed and its id was given again.
                peer = new Progress(member.Id);
                _everSeen[member.Id] = peer;
                _answers.Forget(member.Id);
            }

            if (Role == Role.Leader && !_peers.Contains(peer))
            {
                peer.Reset(_log.Last.Index, _now);
            }

            peer.IsVoter = member.IsVoter;
            peer.Incarnation = member.Incarnation == 0 ? peer.Incarnation : member.Incarnation;
            peers.Add(peer);
        }

        _peers = [.. peers];
        _isVoter = configuration.Find(_options.Id) is { IsVoter: true };
        _voterCount = configuration.VoterCount;
        if (!MayCampaign || ElectionDeadline == Instant.Never)
        {
            RestartElectionTimer();
        }
    }

    /// <summary>
    /// Whether a committed change has removed a server. Its words no longer count: it must not disturb those who stay
    /// (E16). Servers that are merely unknown are listened to: a candidate or a leader may have a newer configuration.
    /// </summary>
    private bool IsRemoved(NodeId server) => Admission.IsRemoved(server, CommittedConfiguration);

    private bool CountsAsVoter(NodeId server) => server == _options.Id ? _isVoter : PeerOf(server) is { IsVoter: true };

    private int CountVoters(HashSet<NodeId> servers)
    {
        var count = 0;
        foreach (var server in servers)
        {
            count += CountsAsVoter(server) ? 1 : 0;
        }

        return count;
    }

    /// <summary>The largest value that a majority of the voters has reached; this server counts only as a voter (C3, M3).</summary>
    private long ReachedByVoters(Func<Raft, Progress, long> of, long own)
    {
        Span<long> values = stackalloc long[_peers.Length + 1];
        var count = 0;
        foreach (var peer in _peers)
        {
            if (peer.IsVoter)
            {
                values[count++] = of(this, peer);
            }
        }

        if (_isVoter)
        {
            values[count++] = own;
        }

        return Quorum.Reached(values[..count], Majority);
    }

    private void ReportConfiguration()
    {
        var now = new ConfigurationChange(ConfigurationIndex, Configuration, ConfigurationIndex <= _commit);
        var before = _reportedConfiguration;
        if (now.Index != before.Index || now.IsCommitted != before.IsCommitted || !ReferenceEquals(now.Configuration, before.Configuration))
        {
            _reportedConfiguration = now;
            _building.Configuration = now;
        }
    }
}
