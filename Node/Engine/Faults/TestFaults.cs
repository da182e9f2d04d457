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

    /// <summary>Set to 1, a server's snapshots hold no client sessions.</summary>
    public const string DropSessionsVariable = "RAFTKV_TEST_DROP_SESSIONS";

    /// <summary>
    /// Decorates a disk as the environment asks. Must be the outermost decorator: a flush that is skipped only below
    /// <see cref="LoseUnsyncedOnKill"/> has already left it.
    /// </summary>
    public static IDisk Decorate(IDisk disk) => Environment.GetEnvironmentVariable(SkipFlushVariable) == "1" ? new SkipFlush(disk) : disk;

    /// <summary>What a snapshot is made of.</summary>
    public static KvView Decorate(KvView view) => Environment.GetEnvironmentVariable(DropSessionsVariable) == "1" ? view.ForAnotherCluster() : view;
#else
    /// <summary>The disk.</summary>
    public static IDisk Decorate(IDisk disk) => disk;

    /// <summary>The state.</summary>
    public static KvView Decorate(KvView view) => view;
#endif
}
