using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Faults;

/// <summary>
/// The chance of one link: a SplitMix64 generator seeded from the matrix' seed and the link's ends, so that what
/// happens on one link does not depend on the traffic of another and a run can be repeated.
/// </summary>
internal sealed class LinkCoin
{
    private ulong _state;

    public LinkCoin(ulong seed, NodeId from, NodeId to) =>
        _state = Mix(seed ^ Mix(((ulong)(uint)from.Value << 32) | (uint)to.Value));

    /// <summary>An even number in [0, 1).</summary>
    public double NextUnit()
    {
        _state += 0x9E3779B97F4A7C15;
        return (Mix(_state) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Draws even when the outcome is certain, so that one setting does not shift the draws of another.</summary>
    public bool NextBool(double probability) => NextUnit() < probability;

    /// <summary>An even time in [0, limit).</summary>
    public TimeSpan NextTime(TimeSpan limit) => limit * NextUnit();

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
