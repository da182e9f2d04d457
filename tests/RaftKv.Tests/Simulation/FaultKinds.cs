namespace RaftKv.Tests.Simulation;

/// <summary>
/// Faults that can be left out of a run, to see what each of them finds. A seed in which one of them may happen still draws
/// whether it does.
/// </summary>
[Flags]
internal enum FaultKinds
{
    None = 0,

    /// <summary>Messages of one kind arrive seconds late, or a second time then, also after a restart of either end.</summary>
    LateMail = 1,

    /// <summary>A server's disk is damaged while other faults go on, up to what the cluster is to survive.</summary>
    DamageAmidFaults = 2,

    /// <summary>A server votes, and its disk is put back to before.</summary>
    LostVotes = 4,

    /// <summary>A data directory is lost, and its server comes back under its old id as its agent makes it: with a new identity.</summary>
    NewIdentity = 8,

    /// <summary>Servers start again with the list of members that the cluster's file holds by then.</summary>
    ChangingLists = 16,

    /// <summary>Servers have options of their own.</summary>
    OwnOptions = 32,

    /// <summary>A server stands still between reading its clock and using what it read.</summary>
    StaleClock = 64,

    /// <summary>A snapshot rots while its server uses it.</summary>
    RotInUse = 128,

    /// <summary>A full disk gains room only by what its server deletes.</summary>
    TightDisk = 256,

    /// <summary>The segments of a log are gone, other files of its directory are not.</summary>
    LostSegments = 512,

    /// <summary>All of them.</summary>
    All = 1023,

    /// <summary>Those that a run may have in every seed.</summary>
    Frequent = NewIdentity | ChangingLists,

    /// <summary>Those that the code is known to withstand.</summary>
    Usual = All,
}
