using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Faults;

/// <summary>
/// Broken promises for tests that must be seen to fail: a durability test that stays green without any flush tests
/// nothing. What is packed for users has none of them.
/// </summary>
public static class TestFaults
{
    /// <summary>Set to 1, a server skips every flush.</summary>
    public const string SkipFlushVariable = "RAFTKV_TEST_SKIP_FLUSH";

    /// <summary>
    /// Decorates a disk as the environment asks; outside of test builds it returns the disk as it is. Must be the
    /// outermost decorator: a flush that is skipped only below <see cref="LoseUnsyncedOnKill"/> has already left it.
    /// </summary>
    public static IDisk Decorate(IDisk disk)
    {
#if RAFTKV_TEST_FAULTS
        return Environment.GetEnvironmentVariable(SkipFlushVariable) == "1" ? new SkipFlush(disk) : disk;
#else
        return disk;
#endif
    }

    /// <summary>Names a bug that a server's consensus has: a member of the core's list of them, for example <c>CommitAlone</c>.</summary>
    public const string CoreFaultVariable = "RAFTKV_TEST_CORE_FAULT";

    /// <summary>Plants the bug that the environment names; outside of test builds the options stay as they are.</summary>
    /// <exception cref="ArgumentException">There is no bug of that name.</exception>
    public static RaftOptions Decorate(RaftOptions options)
    {
#if RAFTKV_TEST_FAULTS
        return options.WithTestFault(Environment.GetEnvironmentVariable(CoreFaultVariable) ?? "");
#else
        return options;
#endif
    }

    /// <summary>Set to 1, a server's snapshots hold no client sessions.</summary>
    public const string DropSessionsVariable = "RAFTKV_TEST_DROP_SESSIONS";

    /// <summary>What a snapshot is made of; outside of test builds the state as it is.</summary>
    public static KvView Decorate(KvView view)
    {
#if RAFTKV_TEST_FAULTS
        return Environment.GetEnvironmentVariable(DropSessionsVariable) == "1" ? view.WithoutSessions() : view;
#else
        return view;
#endif
    }
}
