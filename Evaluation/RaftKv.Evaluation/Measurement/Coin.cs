namespace RaftKv.Evaluation.Measurement;

/// <summary>Chance that a seed repeats exactly: SplitMix64.</summary>
internal sealed class Coin(ulong seed)
{
    /// <summary>What the state grows by; also spreads small numbers over a seed.</summary>
    public const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>Another seed for each combination of numbers.</summary>
    public static ulong Mix(ulong seed, params ReadOnlySpan<int?> parts)
    {
        var coin = new Coin(seed);
        var mixed = coin.Next();
        foreach (var part in parts)
        {
            mixed = new Coin(mixed ^ ((ulong)(uint)(part ?? -1) * Step)).Next();
        }

        return mixed;
    }

    /// <summary>From 0 to below 1, uniformly.</summary>
    public double Share() => (Next() >> 11) / (double)(1UL << 53);

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        var z = _state += Step;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
