using System.Diagnostics;
using System.Globalization;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Engine;

/// <summary>
/// Anyone who sets the wall clock changes nothing: row L6 of the table of edge cases. A test cannot set the machine's clock,
/// but it can see that nothing that decides ever asks for it.
/// </summary>
public sealed class MonotonicClockTests
{
    private static readonly string[] WallClocks =
    [
        "DateTime.get_Now", "DateTime.get_UtcNow", "DateTime.get_Today",
        "DateTimeOffset.get_Now", "DateTimeOffset.get_UtcNow",
        "TimeProvider.GetUtcNow", "TimeProvider.GetLocalNow",
    ];

    [Theory]
    [InlineData(typeof(Raft))]
    [InlineData(typeof(Pump))]
    public void NothingThatDecides_AsksForTheTimeOfDay_L6(Type inside) => Assert.Empty(MembersUsedBy(inside).Intersect(WallClocks));

    [Fact]
    public void TheSearch_FindsWhoDoesAskForTheTimeOfDay()
    {
        // The client stamps the clusters that it makes; were the search blind, it would be so here too.
        Assert.Contains("DateTimeOffset.get_UtcNow", MembersUsedBy(typeof(RaftKv.Api.Clients.KvClient)));
        Assert.Contains("Stopwatch.GetTimestamp", MembersUsedBy(typeof(Pump)));
    }

    [Fact]
    public void Now_NeverRunsBack()
    {
        var last = MonotonicClock.Now;
        for (var i = 0; i < 10_000; i++)
        {
            var now = MonotonicClock.Now;
            Assert.True(now >= last);
            last = now;
        }
    }

    /// <summary>On Linux and macOS what .NET reads stands still while the machine sleeps, and a lease would outlive the sleep.</summary>
    [Fact]
    public void Clock_CountsWhileTheMachineSleeps_L4()
    {
        var expected = OperatingSystem.IsLinux() ? "CLOCK_BOOTTIME" : OperatingSystem.IsMacOS() ? "CLOCK_MONOTONIC_RAW" : nameof(Stopwatch);
        Assert.Equal(expected, MonotonicClock.Name);
        if (OperatingSystem.IsLinux())
        {
            var before = UpTime();
            var now = MonotonicClock.SinceBoot;
            Assert.InRange(now, before, UpTime() + TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>What the kernel says, sleep included, to a hundredth of a second rounded down.</summary>
    private static TimeSpan UpTime() =>
        TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture));

    /// <summary>The members of other assemblies that the code of a type's assembly names, as type and method.</summary>
    private static List<string> MembersUsedBy(Type type)
    {
        using var file = new PEReader(File.OpenRead(type.Assembly.Location));
        var metadata = file.GetMetadataReader();
        return
        [
            .. from handle in metadata.MemberReferences
               let member = metadata.GetMemberReference(handle)
               where member.Parent.Kind == HandleKind.TypeReference
               let parent = metadata.GetTypeReference((TypeReferenceHandle)member.Parent)
               select $"{metadata.GetString(parent.Name)}.{metadata.GetString(member.Name)}",
        ];
    }
}
