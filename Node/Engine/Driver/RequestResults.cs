using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Engine.Driver;

/// <summary>How a proposal ended.</summary>
/// <param name="Outcome">Which way.</param>
/// <param name="Reply">The state machine's answer, when applied.</param>
/// <param name="Refusal">Why, when refused.</param>
/// <param name="Leader">Who leads as far as known, when refused; otherwise none.</param>
public readonly record struct ProposalResult(ProposalOutcome Outcome, Reply Reply, RefusalReason Refusal, NodeId Leader);

/// <summary>The ways in which a proposal can end.</summary>
public enum ProposalOutcome
{
    /// <summary>Committed and applied here.</summary>
    Applied,

    /// <summary>Certainly not appended.</summary>
    Refused,

    /// <summary>Appended, but this server lost leadership or stopped before it was applied: it may still commit (X4).</summary>
    Unknown,
}

/// <summary>How a read request ended.</summary>
/// <param name="View">The state to read from, or null when refused.</param>
/// <param name="Refusal">Why, when refused.</param>
/// <param name="Leader">Who leads as far as known, when refused; otherwise none.</param>
public readonly record struct ReadResult(KvView? View, RefusalReason Refusal, NodeId Leader);
