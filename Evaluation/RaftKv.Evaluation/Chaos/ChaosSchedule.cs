namespace RaftKv.Evaluation.Chaos;

/// <summary>
/// Draws faults from a seed. Faults of processes and of the network are drawn apart and overlap; two of one sort never do.
/// The same seed, servers, duration and faults draw the same steps.
/// </summary>
public static class ChaosSchedule
{
    private static readonly ChaosFault[] ProcessFaults = [ChaosFault.Kill, ChaosFault.Pause, ChaosFault.Restart, ChaosFault.KillAll, ChaosFault.Membership];

    /// <summary>A fault and the calm after it take this long at most, and less in a run that would otherwise be too short for all kinds.</summary>
    private const double LongestSlotMs = 4000;

    /// <summary>Whether a fault is one of processes; the others are the network's.</summary>
    public static bool IsOfProcesses(ChaosFault fault) => ProcessFaults.Contains(fault);

    /// <summary>Draws a schedule.</summary>
    /// <param name="seed">Where chance begins.</param>
    /// <param name="servers">All servers.</param>
    /// <param name="duration">How long it lasts; the last fault is over before.</param>
    /// <param name="faults">What may happen; empty for everything.</param>
    public static IReadOnlyList<ChaosStep> Draw(ulong seed, IReadOnlyList<int> servers, TimeSpan duration, IReadOnlyList<ChaosFault> faults)
    {
        ArgumentNullException.ThrowIfNull(servers);
        ArgumentNullException.ThrowIfNull(faults);
        var all = faults.Count > 0 ? faults : Enum.GetValues<ChaosFault>();
        var steps = new List<ChaosStep>();
        Draw(steps, new Random(Mix(seed, 1)), servers, duration, [.. all.Where(IsOfProcesses).Distinct().Order()]);
        Draw(steps, new Random(Mix(seed, 2)), servers, duration, [.. all.Where(f => !IsOfProcesses(f)).Distinct().Order()]);
        return [.. steps.OrderBy(s => s.AtMs).Select((s, i) => s with { Number = i + 1 })];
    }

    private static void Draw(List<ChaosStep> steps, Random random, IReadOnlyList<int> servers, TimeSpan duration, ChaosFault[] faults)
    {
        if (faults.Length == 0 || duration <= TimeSpan.Zero)
        {
            return;
        }

        // Each fault comes once before any comes again, so that a short run fires every kind.
        var firstMs = (int)Math.Min(1000, duration.TotalMilliseconds / 2);
        var slot = Math.Min(LongestSlotMs, (duration.TotalMilliseconds - firstMs) / faults.Length);
        var left = new Queue<ChaosFault>();
        for (var at = random.Next(firstMs / 5, firstMs); ;)
        {
            if (left.Count == 0)
            {
                random.Shuffle(faults);
                faults.ToList().ForEach(left.Enqueue);
            }

            // The others need an election timeout before they do what a one-way fault is for.
            var fault = left.Dequeue();
            var lasts = Between(random, (fault == ChaosFault.OneWay ? 0.4 : 0.1) * slot, 0.6 * slot);
            if (at + lasts > duration.TotalMilliseconds)
            {
                return;
            }

            steps.Add(Step(random, servers, fault, at, lasts));
            at += lasts + Between(random, 0.1 * slot, 0.4 * slot);
        }
    }

    private static int Between(Random random, double least, double most) => random.Next((int)least, (int)most + 1);

    private static ChaosStep Step(Random random, IReadOnlyList<int> servers, ChaosFault fault, int at, int lasts)
    {
        int[] shuffled = [.. servers];
        random.Shuffle(shuffled);
        var minority = (servers.Count - 1) / 2;
        var leader = random.Next(2) == 0 || fault == ChaosFault.OneWay;
        var count = fault switch
        {
            ChaosFault.KillAll or ChaosFault.Membership or ChaosFault.OneWay => 0,
            ChaosFault.Partition => random.Next(1, servers.Count),
            ChaosFault.Lossy or ChaosFault.Slow => random.Next(1, servers.Count + 1),
            _ => random.Next(leader ? 0 : 1, Math.Max(leader ? 0 : 1, minority - (leader ? 1 : 0)) + 1),
        };
        var strength = fault switch
        {
            ChaosFault.Lossy => Math.Round(0.02 + (0.4 * random.NextDouble()), 2),
            ChaosFault.Slow => random.Next(5, 200),
            ChaosFault.OneWay => random.Next(800, 1600),
            _ => 0.0,
        };
        return new ChaosStep(0, at, lasts, fault, leader && fault != ChaosFault.KillAll, [.. shuffled.Take(count).Order()], strength);
    }

    private static int Mix(ulong seed, ulong part)
    {
        var mixed = (seed + (part * 0x9E3779B97F4A7C15)) * 0xBF58476D1CE4E5B9;
        return (int)(mixed >> 33);
    }
}
