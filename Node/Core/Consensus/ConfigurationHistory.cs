namespace RaftKv.Core.Consensus;

/// <summary>
/// The configurations that the log holds, by rising index, of which the last one is in force, committed or not (thesis 4.1). The
/// first one holds at the start of the log or is a snapshot's.
/// </summary>
internal sealed class ConfigurationHistory
{
    private readonly List<PlacedConfiguration> _placed = [];

    /// <summary>The one in force.</summary>
    public PlacedConfiguration InForce => _placed[^1];

    /// <summary>The one that held right after an entry.</summary>
    public PlacedConfiguration At(LogIndex index)
    {
        var at = _placed.Count - 1;
        while (at > 0 && _placed[at].Index > index)
        {
            at--;
        }

        return _placed[at];
    }

    /// <summary>Whether a server is a voter in the last configuration that is committed, or in one after it.</summary>
    public bool IsVoterUntil(LogIndex commit, NodeId server)
    {
        for (var i = _placed.Count - 1; i >= 0; i--)
        {
            if (_placed[i].Configuration.Find(server) is { IsVoter: true })
            {
                return true;
            }

            if (_placed[i].Index <= commit)
            {
                break;
            }
        }

        return false;
    }

    /// <summary>Adds one that is appended to the log.</summary>
    public void Add(PlacedConfiguration placed) => _placed.Add(placed);

    /// <summary>Puts a snapshot's in the place of those that it stands for; of all where nothing follows it in the log.</summary>
    public void Replace(SnapshotMeta snapshot, bool keepsLater)
    {
        _placed.RemoveAll(c => !keepsLater || c.Index <= snapshot.Last.Index);
        _placed.Insert(0, new PlacedConfiguration(snapshot.ConfigurationIndex, snapshot.Configuration));
    }

    /// <summary>Drops those whose entries are cut off the log.</summary>
    /// <returns>Whether there was one.</returns>
    public bool DropFrom(LogIndex from) => _placed.RemoveAll(c => c.Index >= from) > 0;

    /// <summary>Writes the state canonically.</summary>
    public void WriteState(CanonicalWriter to) => to.InOrder(_placed, to.Placed);
}
