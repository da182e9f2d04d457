using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Simulation;

/// <summary>How a request ended at a server.</summary>
internal enum SimOutcome
{
    Done,
    Refused,
    Unknown,
}

/// <summary>What a server answers to a client.</summary>
internal readonly record struct SimAnswer(SimOutcome Outcome, Reply Reply, KvView? View, NodeId Leader)
{
    public static SimAnswer Unknown => new(SimOutcome.Unknown, default, null, NodeId.None);

    public static SimAnswer Refused(NodeId leader) => new(SimOutcome.Refused, default, null, leader);
}
