namespace RaftKv.Core.Consensus;

/// <summary>Pure counting over the voters: what a majority is, and what a majority agrees on (C3, C5).</summary>
internal static class Quorum
{
    /// <summary>The smallest number of voters of which any two sets share one.</summary>
    public static int Majority(int voters) => (voters / 2) + 1;

    /// <summary>
    /// The largest value that a majority has reached: with one value per voter, the majority-th largest. Sorts the
    /// values in place.
    /// </summary>
    public static long Reached(Span<long> values) => Reached(values, Majority(values.Length));

    /// <summary>The largest value that at least so many have reached; zero when there are fewer. Sorts the values in place.</summary>
    public static long Reached(Span<long> values, int count)
    {
        if (values.Length < count)
        {
            return 0;
        }

        values.Sort();
        return values[^count];
    }
}
