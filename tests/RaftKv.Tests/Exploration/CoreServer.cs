using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// A core and the least of a driver around it, as one value that can be copied: what is under way to its disk, what
/// waits for that, and what a crash would leave.
/// </summary>
internal sealed class CoreServer(NodeId id)
{
    /// <summary>Now, in every state: when time passes, everything else moves into the past.</summary>
    public static readonly Instant Now = new(1_000_000_000_000);

    public NodeId Id { get; } = id;

    /// <summary>The running core, or null while the server is down.</summary>
    public Raft? Raft { get; set; }

    public Invariants? Invariants { get; set; }

    public DiskImage Disk { get; set; } = DiskImage.Empty;

    /// <summary>A copy of the disk from earlier on.</summary>
    public DiskImage? Kept { get; set; }

    /// <summary>Everything that was handed to the disk and is not compacted.</summary>
    public List<LogEntry> Log { get; } = [];

    public Queue<Save> Saves { get; } = [];

    /// <summary>What leaves only after a save.</summary>
    public List<Held> Waiting { get; } = [];

    public long Completed { get; set; }

    /// <summary>Proposals that were appended here and whose clients wait.</summary>
    public List<Own> Proposed { get; } = [];

    /// <summary>How often it was started.</summary>
    public int Starts { get; set; }

    /// <summary>Whether it stopped for good, because going on would have broken a promise.</summary>
    public bool IsHalted { get; set; }

    /// <summary>Whether the last configuration of its log is in force, or that of the snapshot before it, or the first one (thesis 4.1).</summary>
    public bool UsesConfigurationOfItsLog
    {
        get
        {
            if (Raft is not { Halted: null } raft)
            {
                return true;
            }

            var last = Log.FindLast(e => e.Kind == EntryKind.Configuration);
            var expected = last.Kind == EntryKind.Configuration ? ConfigurationCodec.Decode(last.Payload.Span)
                : raft.Snapshot is { } snapshot ? snapshot.Configuration
                : raft.Options.FirstMembership;
            return raft.Configuration.Equals(expected);
        }
    }

    /// <summary>All that decides what it will do.</summary>
    public void WriteState(CanonicalWriter to)
    {
        to.Server(Id);
        to.Number(Starts);
        to.Flag(IsHalted);
        Disk.WriteState(to);
        to.Flag(Kept is not null);
        Kept?.WriteState(to);
        to.Flag(Raft is not null);
        if (Raft is null)
        {
            return;
        }

        Raft.WriteState(to);
        to.InOrder(Log, e => DiskImage.WriteEntry(to, e));
        to.InOrder(Saves, s => Write(to, s));
        to.InOrder(Waiting, w =>
        {
            to.Number(Math.Max(w.SaveId - Completed, 0));
            MessageWriter.Write(to, w.Message);
        });
        to.InOrder(Proposed, p =>
        {
            to.Entry(p.Id);
            to.Number(p.Number);
        });
    }

    private void Write(CanonicalWriter to, Save save)
    {
        to.Number(save.Id - Completed);
        to.Flag(save.HardState is not null);
        to.Term(save.HardState?.Term ?? default);
        to.Server(save.HardState?.VotedFor ?? default);
        to.Index(save.TruncateFrom ?? default);
        to.Flag(save.ResetTo is not null);
        to.Entry(save.ResetTo ?? default);
        to.InOrder(save.Entries, e => DiskImage.WriteEntry(to, e));
        to.Index(save.CompactTo ?? default);
    }
}

/// <summary>A message that leaves only after a save.</summary>
internal readonly record struct Held(long SaveId, Message Message);

/// <summary>A proposal that was appended.</summary>
internal readonly record struct Own(EntryId Id, int Number);
