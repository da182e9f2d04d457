namespace RaftKv.Core.Consensus;

/// <summary>
/// The proof obligations of the algorithm as code: of every state, and of every step against the state before it.
/// Run after every turn of every test and simulation; a broken one is a bug in the core, never bad input.
/// </summary>
/// <remarks>One object watches one server from its start to its stop.</remarks>
internal sealed class Invariants
{
    private readonly Raft _raft;
    private Term _term;
    private NodeId _vote;
    private NodeId _leader;
    private bool _led;
    private EntryId _committed;
    private LogIndex _applied;
    private LogIndex _applyEnd;
    private LogIndex _appendEnd;
    private LogIndex _compacted;
    private LogIndex _snapshotEnd;
    private long _saveId;
    private LogIndex _configurationIndex;
    private Configuration _configuration;

    /// <summary>Starts to watch a server that has just been made.</summary>
    public Invariants(Raft raft)
    {
        _raft = raft;
        _configuration = raft.Configuration;
        _applyEnd = raft.CommitIndex;
        _appendEnd = raft.LastEntry.Index;
        Remember();
    }

    /// <summary>Checks the state after a turn and the turn's effects.</summary>
    /// <exception cref="InvalidOperationException">A proof obligation does not hold; the message says which.</exception>
    public void Check(Effects effects)
    {
        if (_raft.Halted is not null)
        {
            Require(effects.Halt is not null, "a server that halted says so in every turn");
            Require(effects.Messages.Count == 0 && effects.MessagesAfterSave.Count == 0 && effects.Sends.Count == 0,
                "nothing leaves a server that halted");
            return;
        }

        CheckEffects(effects);
        Check();
    }

    /// <summary>Checks the state after a turn whose effects somebody else has taken.</summary>
    /// <exception cref="InvalidOperationException">A proof obligation does not hold; the message says which.</exception>
    public void Check()
    {
        if (_raft.Halted is not null)
        {
            return;
        }

        CheckState();
        CheckStep();
        CheckMembership();
        if (_raft.Role == Role.Leader)
        {
            CheckLeader();
        }

        Remember();
    }

    private void CheckState()
    {
        Require(_raft.CommitIndex <= _raft.LastEntry.Index, "what is committed is in the log");
        Require(_raft.AppliedIndex <= _raft.CommitIndex, "only what is committed is applied");
        Require(_raft.DurableIndex <= _raft.LastEntry.Index, "only what is in the log is durable");
        Require(_raft.LastEntry.Term <= _raft.Term, "no entry is of a later term than the server's");
        Require(_raft.Role is not (Role.PreCandidate or Role.Candidate) || _raft.Leader.IsNone, "a candidate knows no leader");
        Require(_raft.Role != Role.Candidate || _raft.VotedFor == _raft.Options.Id, "a candidate voted for itself");
        Require(_raft.Role != Role.Leader || _raft.Leader == _raft.Options.Id, "a leader knows that it leads");
        Require(_raft.Role == Role.Follower || _raft.MayVote, "a server that may not vote does not campaign");
        var snapshot = _raft.Snapshot?.Last.Index ?? LogIndex.Zero;
        Require(snapshot <= _raft.CommitIndex, "a snapshot holds only what is committed");
        Require(_raft.Log.Compacted.Index <= snapshot, "what the log no longer holds is in the snapshot");
        Require(_raft.Log.TermAt(snapshot) is null || snapshot == LogIndex.Zero || _raft.Log.Contains(_raft.Snapshot!.Last),
            "the log continues the snapshot");
        Require(_raft.DurableIndex >= snapshot, "what a durable snapshot holds is durable");
    }

    private void CheckMembership()
    {
        Require(ArePeersTheOthers(), "the peers are the other servers of the configuration in force");
        Require(_raft.ConfigurationIndex <= _raft.LastEntry.Index, "the configuration in force is in the log");
        Require(_raft.Role == Role.Follower || _raft.MayCampaign, "only voters lead or campaign, and those whose removal is not committed");
        if (_raft.ConfigurationIndex > _configurationIndex && _raft.Role == Role.Leader && _led && _raft.Term == _term)
        {
            Require(_raft.CommitIndex >= _configurationIndex, "a change is made only after the one before is committed");
            Require(_raft.Log.TermAt(_raft.CommitIndex) is null || _raft.Log.TermAt(_raft.CommitIndex) == _term,
                "a leader changes the membership only after it committed in its term");
            Require(VotersOf(_raft.Configuration).Except(VotersOf(_configuration)).Count()
                + VotersOf(_configuration).Except(VotersOf(_raft.Configuration)).Count() <= 1, "one voter is changed at a time");
        }
    }

    /// <summary>Looked at after every turn of a simulation, so without enumerators.</summary>
    private bool ArePeersTheOthers()
    {
        var members = _raft.Configuration.Members;
        var peers = _raft.Peers;
        var next = 0;
        for (var i = 0; i < members.Count; i++)
        {
            if (members[i].Id == _raft.Id)
            {
                continue;
            }

            if (next == peers.Count || peers[next].Id != members[i].Id || peers[next].IsVoter != members[i].IsVoter)
            {
                return false;
            }

            next++;
        }

        return next == peers.Count;
    }

    private static IEnumerable<NodeId> VotersOf(Configuration configuration) =>
        configuration.Members.Where(m => m.IsVoter).Select(m => m.Id);

    private void CheckStep()
    {
        Require(_raft.Term >= _term, "terms never fall");
        Require(_raft.CommitIndex >= _committed.Index, "the commit index never falls");
        Require(_raft.AppliedIndex >= _applied, "the applied index never falls");
        Require(_committed.Index < _raft.Log.Compacted.Index || _raft.Log.Contains(_committed), "a committed entry never changes");
        Require(_raft.Log.Compacted.Index >= _compacted, "what is compacted stays compacted");
        Require((_raft.Snapshot?.Last.Index ?? LogIndex.Zero) >= _snapshotEnd, "an older snapshot never replaces a newer one");
        if (_raft.Term == _term)
        {
            Require(_vote.IsNone || _raft.VotedFor == _vote, "one vote a term");
            Require(_leader.IsNone || _raft.Leader.IsNone || _raft.Leader == _leader, "one leader a term");
            Require(_raft.Role != Role.Leader || _led || _leader.IsNone, "a server leads a term once");
        }
    }

    private void CheckLeader()
    {
        Require(_raft.Log.TermAt(_raft.LastEntry.Index) == _raft.Term, "a leader's last entry is of its own term");
        foreach (var peer in _raft.Peers)
        {
            Require(peer.Match < peer.Next, "what is to be sent next is beyond what matches");
            Require(peer.Next <= _raft.LastEntry.Index.Next, "what is to be sent next exists or comes next");
            Require(peer.PendingSnapshot is not { } pending || (peer.Next == pending.Last.Index.Next && peer.InflightCount == 0),
                "a peer that receives a snapshot is sent nothing else, and what follows it next");
            Require(peer.PendingSnapshot is not { } sent || sent.Last.Index >= _raft.Log.Compacted.Index || !peer.HoldsLog,
                "what a peer needs after its snapshot is kept, unless it was let go");
            Require(peer.InflightCount <= _raft.Options.MaxInflightAppends, "the window bounds the appends under way");
            Require(peer.InflightCount <= 1 || peer.InflightBytes <= _raft.Options.MaxInflightBytes, "the window bounds the bytes under way");
        }
    }

    private void CheckEffects(Effects effects)
    {
        if (effects.TruncateFrom is { } from)
        {
            Require(from > _committed.Index, "nothing committed is deleted");
            _appendEnd = from.Previous;
        }

        if (effects.ResetTo is { } reset)
        {
            Require(effects.TruncateFrom is null && reset.Index > _committed.Index, "only a newer snapshot replaces the log");
            _appendEnd = reset.Index;
        }

        foreach (var entry in effects.Append)
        {
            Require(entry.Id.Index == _appendEnd.Next, "what is appended follows what is there");
            _appendEnd = entry.Id.Index;
        }

        Require(_appendEnd == _raft.LastEntry.Index, "the log on disk will be the log in memory");
        if (effects.Install is { } install)
        {
            Require(install.Last.Index > _applyEnd, "a snapshot only takes the state forward");
            _applyEnd = install.Last.Index;
        }

        if (effects.Apply is { } range)
        {
            Require(range.First == _applyEnd.Next && range.Last >= range.First, "entries are applied once and in order");
            Require(range.Last <= _raft.CommitIndex, "only committed entries are handed out to be applied");
            _applyEnd = range.Last;
        }

        CheckSave(effects);
        Require(_raft.Term == _term || effects.HardState?.Term == _raft.Term, "a new term is saved in the turn that adopts it");
        Require(!effects.Messages.Any(m => m is AppendAccepted or VoteRequest or VoteResponse { Granted: true }),
            "votes and acknowledgements wait for the disk");
    }

    private void CheckSave(Effects effects)
    {
        var saves = effects.HardState is not null || effects.TruncateFrom is not null || effects.Append.Count > 0
            || effects.ResetTo is not null || effects.CompactTo is not null || effects.TailIsWhole;
        Require(saves == (effects.SaveId != 0), "a turn has a save exactly when it has something to save");
        Require(effects.SaveId == 0 || effects.SaveId == _saveId + 1, "saves are numbered without gaps");
        _saveId = Math.Max(_saveId, effects.SaveId);
        Require(effects.RequiredSaveId == _saveId, "messages wait for the newest save");
    }

    private void Remember()
    {
        (_led, _leader) = (_raft.Role == Role.Leader,
            _raft.Term == _term && _raft.Leader.IsNone ? _leader : _raft.Leader);
        _term = _raft.Term;
        _vote = _raft.VotedFor;
        _committed = new EntryId(_raft.Log.TermAt(_raft.CommitIndex) ?? Term.Zero, _raft.CommitIndex);
        _applied = _raft.AppliedIndex;
        _compacted = _raft.Log.Compacted.Index;
        _snapshotEnd = _raft.Snapshot?.Last.Index ?? LogIndex.Zero;
        _configuration = _raft.Configuration;
        _configurationIndex = _raft.ConfigurationIndex;
    }

    private void Require(bool holds, string obligation)
    {
        if (!holds)
        {
            throw new InvalidOperationException(
                $"Broken: {obligation}. {_raft.Options.Id} is {_raft.Role} in term {_raft.Term}, log to {_raft.LastEntry}, "
                + $"durable {_raft.DurableIndex}, committed {_raft.CommitIndex}, applied {_raft.AppliedIndex}.");
        }
    }
}
