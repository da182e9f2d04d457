namespace RaftKv.Engine.Driver;

/// <summary>
/// Bugs of the work on snapshots that a test plants to see that the judges find them. Only builds for tests can have
/// one. Snapshots without sessions are planted by giving <see cref="SnapshotWork"/> such a view.
/// </summary>
internal enum SnapshotFault
{
    None,

    /// <summary>A received snapshot is announced, and so acknowledged and the log reset, although it is not durable and never will be (S4).</summary>
    AnnounceReceivedBeforeDurable,

    /// <summary>A snapshot is announced before it is durable, and so the log's head is dropped too early (P12).</summary>
    AnnounceTakenBeforeDurable,
}
