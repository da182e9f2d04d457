namespace RaftKv.Core.Consensus;

/// <summary>
/// What peers answered to the hello of a server that came back: who did in this run, and the newest that any of them told of
/// in any run (P7).
/// </summary>
internal sealed class HelloAnswers
{
    /// <summary>Who answered in this run, and whether that server was spoken for itself.</summary>
    private readonly Dictionary<NodeId, bool> _sure = [];

    /// <summary>The newest log that a peer told of.</summary>
    public EntryId NewestLog { get; private set; }

    /// <summary>The membership of that log; null when its owner did not say.</summary>
    public Configuration? Membership { get; private set; }

    /// <summary>The latest term that a peer told of.</summary>
    public Term LatestTerm { get; private set; }

    /// <summary>Whether a server answered in this run.</summary>
    public bool IsHeard(NodeId server) => _sure.ContainsKey(server);

    /// <summary>Whether it answered and had no doubt about its own disk.</summary>
    public bool IsSure(NodeId server) => _sure.GetValueOrDefault(server);

    /// <summary>Takes an answer to this run.</summary>
    public void Take(HelloResponse response)
    {
        _sure[response.From] = response.IsSpokenFor;
        if (response.Last > NewestLog)
        {
            (NewestLog, Membership) = (response.Last, response.Membership);
        }

        LatestTerm = response.Term > LatestTerm ? response.Term : LatestTerm;
    }

    /// <summary>Forgets the answer of a server whose id another one has now.</summary>
    public void Forget(NodeId server) => _sure.Remove(server);

    /// <summary>Begins a new run, which all are asked in again.</summary>
    public void BeginRun() => _sure.Clear();

    /// <summary>Demands nothing any more of the newest log: its tail may have died with its owner.</summary>
    public void LetNewestLogGo() => NewestLog = EntryId.Zero;

    /// <summary>How many voters of a membership but for one server answered, and how many of these have no doubt about their own disks.</summary>
    public (int Answers, int Sure, int Others) Count(Configuration membership, NodeId without)
    {
        var (answers, sure, others) = (0, 0, 0);
        foreach (var member in membership.Members)
        {
            if (member.IsVoter && member.Id != without)
            {
                others++;
                answers += IsHeard(member.Id) ? 1 : 0;
                sure += IsSure(member.Id) ? 1 : 0;
            }
        }

        return (answers, sure, others);
    }

    /// <summary>Writes the state canonically.</summary>
    public void WriteState(CanonicalWriter to)
    {
        to.ByServer([.. _sure], a => a.Key, a =>
        {
            to.Server(a.Key);
            to.Flag(a.Value);
        });
        to.Entry(NewestLog);
        to.Term(LatestTerm);
        to.Flag(Membership is not null);
        if (Membership is not null)
        {
            to.Members(Membership);
        }
    }
}
