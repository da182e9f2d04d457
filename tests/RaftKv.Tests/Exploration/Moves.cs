namespace RaftKv.Tests.Exploration;

/// <summary>What can happen next in a cluster.</summary>
internal enum MoveKind : byte
{
    /// <summary>The clocks of all servers move on by half of the lower election timeout.</summary>
    Tick,

    /// <summary>The clocks of all servers move on by more than anything that is waited for.</summary>
    Leap,

    /// <summary>A message arrives.</summary>
    Deliver,

    /// <summary>A message arrives and is still under way.</summary>
    Repeat,

    /// <summary>A server's election timer expires.</summary>
    Timeout,

    /// <summary>A server does what is due, other than to campaign.</summary>
    Wake,

    /// <summary>A client proposes a command.</summary>
    Propose,

    /// <summary>A client asks for a linearizable read.</summary>
    Read,

    /// <summary>A client asks for a read under the lease.</summary>
    LeaseRead,

    /// <summary>The oldest save under way is durable.</summary>
    Save,

    /// <summary>A server stops; what is not durable is gone.</summary>
    Crash,

    /// <summary>A server starts again.</summary>
    Start,

    /// <summary>Someone keeps a copy of a server's disk.</summary>
    KeepDisk,

    /// <summary>A server starts again with the copy of its disk.</summary>
    StartRolledBack,

    /// <summary>A server takes a snapshot of all that it applied.</summary>
    Snapshot,

    /// <summary>A leader is asked to hand over.</summary>
    Transfer,

    /// <summary>A leader is asked to add the next server as a learner.</summary>
    Add,

    /// <summary>A leader is asked to make a learner a voter.</summary>
    Promote,

    /// <summary>A leader is asked to remove a server.</summary>
    Remove,
}

/// <summary>One thing that happens.</summary>
/// <param name="Kind">What.</param>
/// <param name="Server">To which server, from zero.</param>
/// <param name="Argument">The message, the target, or the number of a read or a proposal.</param>
/// <param name="IsSlow">Whether the save that it causes is not durable at once.</param>
internal readonly record struct Move(MoveKind Kind, int Server, int Argument = 0, bool IsSlow = false)
{
    /// <summary>The same for one server, as a key: unique together with that server's state.</summary>
    public uint Key => ((uint)Kind << 27) | (IsSlow ? 1u << 26 : 0) | (uint)Argument;

    public ulong Packed => ((ulong)(uint)Server << 32) | Key;

    public static Move Unpack(ulong packed) =>
        new((MoveKind)((packed >> 27) & 31), (int)(packed >> 32), (int)(packed & ((1u << 26) - 1)), ((packed >> 26) & 1) == 1);
}
