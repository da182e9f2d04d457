namespace RaftKv.Api;

/// <summary>How fresh a read must be. The numbers are those of the protocol.</summary>
public enum Consistency
{
    /// <summary>It sees every write that was acknowledged before it began.</summary>
    Linearizable = 0,

    /// <summary>The same, as long as no server's clock runs much faster than another's; saves the leader a round of messages.</summary>
    Lease = 1,

    /// <summary>What one server has applied, however old that is.</summary>
    Stale = 2,
}
