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
}
