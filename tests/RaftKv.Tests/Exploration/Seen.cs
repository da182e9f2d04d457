using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>What one move at one server showed to the world.</summary>
internal enum Sight : byte
{
    /// <summary>It leads a term (A).</summary>
    Leads,

    /// <summary>It knows entry A of term B with value C to be committed; by its own count when D is 1.</summary>
    Commits,

    /// <summary>It knows by a snapshot that entry A of term B is committed.</summary>
    CommitsBySnapshot,

    /// <summary>It answered proposal C, which it had placed at A.</summary>
    Acknowledges,

    /// <summary>It said that proposal A was certainly not appended.</summary>
    Refuses,

    /// <summary>It served read A from a state with everything up to B.</summary>
    Serves,

    /// <summary>It refused read A, or forgot it by stopping.</summary>
    Drops,
}

/// <summary>One such fact, with the term in which the server was.</summary>
internal readonly record struct Seen(Sight Sight, long A, long B = 0, int C = 0, bool IsOwnCount = false, long Term = 0);

/// <summary>Finds such facts in the effects of a turn.</summary>
internal static class SeenInEffects
{
    internal static void AddCommits(this List<Seen> seen, CoreServer server, LogIndex before, bool isOwnCount, Effects effects)
    {
        var raft = server.Raft!;
        if (effects.Install is { } installed)
        {
            seen.Add(new Seen(Sight.CommitsBySnapshot, installed.Last.Index.Value, installed.Last.Term.Value));
        }

        foreach (var entry in server.Log)
        {
            if (entry.Id.Index > before && entry.Id.Index <= raft.CommitIndex)
            {
                seen.Add(new Seen(
                    Sight.Commits, entry.Id.Index.Value, entry.Id.Term.Value, DiskImage.ValueOf(entry), isOwnCount, raft.Term.Value));
            }
        }
    }

    internal static void AddAnswers(this List<Seen> seen, CoreServer server, Effects effects)
    {
        foreach (var appended in effects.Appended)
        {
            server.Proposed.Add(new Own(appended.Id, (int)appended.RequestId));
        }

        foreach (var refused in effects.Refused)
        {
            seen.Add(new Seen(Sight.Refuses, refused.RequestId));
        }

        foreach (var ready in effects.ReadsReady)
        {
            seen.Add(new Seen(Sight.Serves, ready.RequestId, server.Raft!.AppliedIndex.Value));
        }

        foreach (var refused in effects.ReadsRefused)
        {
            seen.Add(new Seen(Sight.Drops, refused.RequestId));
        }

        if (effects.Apply is { } range)
        {
            foreach (var own in server.Proposed)
            {
                if (own.Id.Index <= range.Last && server.Log.Exists(e => e.Id == own.Id))
                {
                    seen.Add(new Seen(Sight.Acknowledges, own.Id.Index.Value, own.Id.Term.Value, own.Number));
                }
            }

            server.Proposed.RemoveAll(o => o.Id.Index <= range.Last);
        }
    }
}
