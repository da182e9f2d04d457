using System.Diagnostics;
using RaftKv.Evaluation.Results;

namespace RaftKv.Tests.Evaluation;

public sealed class EnvironmentProbeTests
{
    [Fact]
    public void OtherCpuPercent_WhileOnlyWeAreBusy_DoesNotCountUs()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Null(EnvironmentProbe.Start().OtherCpuPercent());
            return;
        }

        // A second probe that takes our process for a stranger must see at least the core that we keep busy, minus
        // what the first one sees: whatever else runs on the machine is in both.
        var probe = EnvironmentProbe.Start();
        var before = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        while (Environment.CpuUsage.TotalTime - before < TimeSpan.FromMilliseconds(400))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
        }

        var other = Assert.NotNull(probe.OtherCpuPercent());
        var ours = 100 * (Environment.CpuUsage.TotalTime - before) / (watch.Elapsed * EnvironmentProbe.HostCores);
        Assert.InRange(other, 0, 100 - ours + 15);
    }

    [Fact]
    public void NodeBuildOf_AMissingFile_IsEmpty() => Assert.Equal("", EnvironmentProbe.NodeBuildOf("/nowhere/raftkv-node"));

    [Fact]
    public void NodeBuildOf_AnAssembly_IsItsProductVersion() =>
        Assert.StartsWith("0.", EnvironmentProbe.NodeBuildOf(typeof(EnvironmentProbe).Assembly.Location));
}
