using RaftKv.Evaluation.Recoveries;

namespace RaftKv;

/// <summary>How long a cluster took to serve again. Times are in milliseconds, from when the fault was done or healed.</summary>
public sealed class RaftRecovery
{
    /// <summary>From what: LeaderKilled, LeaderMuted, LeaderCutOff, FollowerCutOff or MinorityPartitions.</summary>
    public string Fault { get; init; } = "";

    /// <summary>The server that was killed, muted or cut off; where everybody was cut off, the old leader.</summary>
    public int Server { get; init; }

    /// <summary>From 1.</summary>
    public int Repetition { get; init; }

    /// <summary>Until the leader that served was first seen; null when it was not within 60 seconds.</summary>
    public double? TimeToLeaderMs { get; init; }

    /// <summary>Until a write was acknowledged; null when none was within 60 seconds.</summary>
    public double? TimeToAcknowledgementMs { get; init; }

    /// <summary>When in the heartbeat interval the fault was done, or healed.</summary>
    public double FaultPhaseMs { get; init; }

    /// <summary>ok, or timeout when it was cut off.</summary>
    public string Outcome { get; init; } = "ok";

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    internal static RaftRecovery From(RecoveryTime time, int repetition, RaftCluster cluster) => new()
    {
        Fault = time.Fault.ToString(),
        Server = time.ServerId,
        Repetition = repetition,
        TimeToLeaderMs = time.LeaderMs,
        TimeToAcknowledgementMs = time.AcknowledgedMs,
        FaultPhaseMs = time.FaultPhaseMs,
        Outcome = time.AcknowledgedMs is null ? "timeout" : "ok",
        Cluster = cluster,
    };
}
