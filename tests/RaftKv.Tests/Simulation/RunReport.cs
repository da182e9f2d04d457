using System.Globalization;
using System.Text;

namespace RaftKv.Tests.Simulation;

/// <summary>What many seeds did together.</summary>
internal sealed class RunReport
{
    private static readonly Happening[] AllHappenings = Enum.GetValues<Happening>();

    private readonly long[] _sums = new long[AllHappenings.Length];
    private readonly long[] _seedsWith = new long[AllHappenings.Length];
    private TimeSpan _simulated;
    private TimeSpan _lastCpu = Environment.CpuUsage.TotalTime;
    private TimeSpan _cpuOfFive;
    private long _seedsOfFive;
    private TimeSpan _cpu;

    public long Seeds { get; private set; }

    public long Failures { get; private set; }

    /// <summary>
    /// Stands for all that happened in all seeds, whatever order they ended in: the same seeds of the same code give the
    /// same digest on every machine and with any number of jobs.
    /// </summary>
    public ulong Digest { get; private set; }

    public void Add(WorldSummary summary)
    {
        var cpu = TakeCpu();
        Seeds++;
        Digest = unchecked(Digest + ((summary.Fingerprint ^ summary.Seed) * 0x9E3779B97F4A7C15UL));
        _simulated += summary.Simulated;
        if (summary.Servers == 5)
        {
            _seedsOfFive++;
            _cpuOfFive += cpu;
        }

        foreach (var happening in AllHappenings)
        {
            _sums[(int)happening] += summary.Totals[happening];
            _seedsWith[(int)happening] += summary.Totals[happening] > 0 ? 1 : 0;
        }
    }

    public void AddFailure()
    {
        TakeCpu();
        Failures++;
    }

    /// <summary>What could happen and did in fewer than 5% of the seeds, or in fewer than 0.5% where it needs a fault that is seldom.</summary>
    public IReadOnlyList<Happening> RareEvents(FaultKinds faults) => [.. AllHappenings.Where(h =>
        faults.HasFlag(CauseOf(h)) && _seedsWith[(int)h] * ((CauseOf(h) & ~FaultKinds.Frequent) == 0 ? 20 : 200) < Seeds)];

    public string ToText(TimeSpan elapsed, int jobs)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Seeds + Failures} seeds, {Failures} failed; {_simulated.TotalHours:F1} simulated hours in {elapsed.TotalSeconds:F0} s");
        foreach (var happening in AllHappenings)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{happening,-20} {_sums[(int)happening],14:N0}  in {100.0 * _seedsWith[(int)happening] / Math.Max(1, Seeds),5:F1}% of seeds");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"Digest: {Digest:x16}");
        text.Append(CultureInfo.InvariantCulture, $"CPU: {_cpu.TotalMilliseconds / Math.Max(1, Seeds + Failures):F1} ms of one core a seed");
        if (jobs == 1 && _seedsOfFive > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", {_cpuOfFive.TotalMilliseconds / _seedsOfFive:F1} ms a seed of 5 servers ({_seedsOfFive} of them)");
        }

        return text.ToString();
    }

    private static FaultKinds CauseOf(Happening happening) => happening switch
    {
        Happening.LateMessage or Happening.LateHello or Happening.LostHello or Happening.Ambush => FaultKinds.LateMail,
        Happening.RolledBackAmidFaults or Happening.DamageBeyondLimits => FaultKinds.DamageAmidFaults,
        Happening.LostVote => FaultKinds.LostVotes,
        Happening.NewIdentity => FaultKinds.NewIdentity,
        Happening.ChangedList => FaultKinds.ChangingLists,
        Happening.OwnOptions => FaultKinds.OwnOptions,
        Happening.StaleClock => FaultKinds.StaleClock,
        Happening.SnapshotRotInUse => FaultKinds.RotInUse,
        Happening.TightDisk => FaultKinds.TightDisk,
        Happening.LostSegments => FaultKinds.LostSegments,
        Happening.WentOnDamaged => FaultKinds.DamageAmidFaults | FaultKinds.LostVotes,
        _ => FaultKinds.None,
    };

    /// <summary>With several jobs the share of one seed is not known, only the sum.</summary>
    private TimeSpan TakeCpu()
    {
        var now = Environment.CpuUsage.TotalTime;
        var cpu = now - _lastCpu;
        _lastCpu = now;
        _cpu += cpu;
        return cpu;
    }
}
