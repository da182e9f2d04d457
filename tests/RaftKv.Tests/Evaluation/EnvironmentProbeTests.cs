using System.Globalization;
using RaftKv.Evaluation.Results;

namespace RaftKv.Tests.Evaluation;

public sealed class EnvironmentProbeTests
{
    /// <summary>The kernel counts hundredths of a second.</summary>
    private const int TicksPerCore = 40;

    /// <summary>Ticks are whole, and a core's are counted when it is looked at.</summary>
    private const double Rounding = 10;

    [Fact]
    public void OtherCpuPercent_WhileOnlyWeAreBusy_DoesNotCountUs()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Null(EnvironmentProbe.Start().OtherCpuPercent());
            return;
        }

        // All cores are kept busy, so that what the probe took for a stranger's would leave no room for our own.
        var total = TotalTicks();
        var before = OwnTicks();
        var probe = EnvironmentProbe.Start();
        Parallel.For(0, EnvironmentProbe.HostCores, _ =>
        {
            while (OwnTicks() - before < TicksPerCore * EnvironmentProbe.HostCores)
            {
                Thread.SpinWait(10_000);
            }
        });

        var own = OwnTicks() - before;
        var other = Assert.NotNull(probe.OtherCpuPercent());
        Assert.InRange(other, 0, 100 - (100.0 * own / (TotalTicks() - total)) + Rounding);
    }

    [Fact]
    public void NodeBuildOf_AMissingFile_IsEmpty() => Assert.Equal("", EnvironmentProbe.NodeBuildOf("/nowhere/raftkv-node"));

    [Fact]
    public void NodeBuildOf_AnAssembly_IsItsProductVersion() =>
        Assert.StartsWith("0.", EnvironmentProbe.NodeBuildOf(typeof(EnvironmentProbe).Assembly.Location));

    private static long OwnTicks() => (long)(Environment.CpuUsage.TotalTime.TotalSeconds * 100);

    private static long TotalTicks() => File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Skip(1).Take(8).Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
}
