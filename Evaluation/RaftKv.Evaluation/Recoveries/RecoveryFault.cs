namespace RaftKv.Evaluation.Recoveries;

/// <summary>What is done to a cluster before its recovery is timed.</summary>
public enum RecoveryFault
{
    /// <summary>The leader's process is ended as <c>kill -9</c> does. It is started again afterwards.</summary>
    LeaderKilled,

    /// <summary>The leader drops every message: what the published evaluation calls KILL.</summary>
    LeaderMuted,

    /// <summary>The leader alone is cut off from all others.</summary>
    LeaderCutOff,

    /// <summary>A follower alone is cut off: the control.</summary>
    FollowerCutOff,

    /// <summary>The cluster is cut into groups without a majority; the time runs from the healing.</summary>
    MinorityPartitions,
}
