using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Faults;

/// <summary>
/// Broken promises for tests that must be seen to fail: a durability test that stays green without any flush tests
/// nothing. What is published or packed for users has none of them: there everything passes as it is.
/// </summary>
public static class TestFaults
{
#if RAFTKV_TEST_FAULTS
    /// <summary>Set to 1, a server skips every flush.</summary>
    public const string SkipFlushVariable = "RAFTKV_TEST_SKIP_FLUSH";

    /// <summary>Names a bug that a server's consensus has: a member of the core's list of them, for example <c>CommitAlone</c>.</summary>
    public const string CoreFaultVariable = "RAFTKV_TEST_CORE_FAULT";

    /// <summary>Set to 1, a server's snapshots hold no client sessions.</summary>
    public const string DropSessionsVariable = "RAFTKV_TEST_DROP_SESSIONS";

    /// <summary>
    /// Decorates a disk as the environment asks. Must be the outermost decorator: a flush that is skipped only below
    /// <see cref="LoseUnsyncedOnKill"/> has already left it.
    /// </summary>
    public static IDisk Decorate(IDisk disk) => Environment.GetEnvironmentVariable(SkipFlushVariable) == "1" ? new SkipFlush(disk) : disk;

    /// <summary>Plants the bug that the environment names.</summary>
    /// <exception cref="ArgumentException">There is no bug of that name.</exception>
    public static RaftOptions Decorate(RaftOptions options) => options.WithTestFault(Environment.GetEnvironmentVariable(CoreFaultVariable) ?? "");

    /// <summary>What a snapshot is made of.</summary>
    public static KvView Decorate(KvView view) => Environment.GetEnvironmentVariable(DropSessionsVariable) == "1" ? view.WithoutSessions() : view;
#else
    /// <summary>The disk.</summary>
    public static IDisk Decorate(IDisk disk) => disk;

    /// <summary>The options.</summary>
    public static RaftOptions Decorate(RaftOptions options) => options;

    /// <summary>The state.</summary>
    public static KvView Decorate(KvView view) => view;
#endif
}
