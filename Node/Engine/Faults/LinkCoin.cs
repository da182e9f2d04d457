using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Faults;

/// <summary>
/// The chance of one link: a generator seeded from the matrix' seed and the link's ends, so that what happens on one link
/// does not depend on the traffic of another and a run can be repeated.
/// </summary>
internal sealed class LinkCoin(ulong seed, NodeId from, NodeId to)
{
    private readonly Prng _chance = new(Prng.Mix(seed ^ Prng.Mix(((ulong)(uint)from.Value << 32) | (uint)to.Value)));

    /// <summary>An even number in [0, 1).</summary>
    public double NextUnit() => (_chance.Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Draws even when the outcome is certain, so that one setting does not shift the draws of another.</summary>
    public bool NextBool(double probability) => NextUnit() < probability;

    /// <summary>An even time in [0, limit).</summary>
    public TimeSpan NextTime(TimeSpan limit) => limit * NextUnit();
}
