using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>Bugs that are planted around the core.</summary>
internal enum PortFault
{
    None,

    /// <summary>The disk says "flushed" and does nothing.</summary>
    SkipFlush,

    /// <summary>A save counts as durable when it is handed over.</summary>
    AnswerBeforeSave,

    /// <summary>A client's retry takes a new sequence number, as if there were no sessions.</summary>
    RetryAsNew,

    /// <summary>A client says that it has all replies while some of its lanes still wait (X3).</summary>
    AcknowledgeTooMuch,

    /// <summary>Servers forget sessions by limits of their own (X2).</summary>
    SessionLimitsDiffer,

    /// <summary>A state restored from a snapshot has no sessions (S8).</summary>
    SnapshotWithoutSessions,

    /// <summary>Flushing a directory does nothing (P6).</summary>
    SkipDirectoryFlush,

    /// <summary>After a crash the log is applied onto a state that had applied some of it already (P8).</summary>
    ApplyTwiceAfterCrash,

    /// <summary>A server comes back without its vote (E1).</summary>
    ForgetVoteAtRestart,

    /// <summary>Reads are served from what is applied, without asking anyone.</summary>
    StaleReads,
}

/// <summary>A bug that is planted on purpose, to see that the simulation finds it.</summary>
internal sealed record PlantedBug(string Name, CoreFault Core = CoreFault.None, PortFault Port = PortFault.None)
{
    public static PlantedBug None { get; } = new("None");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. Enum.GetValues<CoreFault>().Where(f => f != CoreFault.None).Select(f => new PlantedBug(f.ToString(), Core: f)),
        .. Enum.GetValues<PortFault>().Where(f => f != PortFault.None).Select(f => new PlantedBug(f.ToString(), Port: f)),
    ];

    /// <summary>The bug of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static PlantedBug Of(string name) => All.FirstOrDefault(b => string.Equals(b.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no planted bug '{name}'. There are: {string.Join(", ", All.Select(b => b.Name))}.", nameof(name));
}
