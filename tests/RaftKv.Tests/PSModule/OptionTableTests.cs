using System.Collections;
using System.Reflection;
using RaftKv.Api.Clusters;
using RaftKv.Arguments;

namespace RaftKv.Tests.PSModule;

/// <summary>The hashtable of Start-RaftCluster -Option.</summary>
public sealed class OptionTableTests
{
    [Fact]
    public void Apply_NothingSet_IsThePreset()
    {
        (ServerOptions options, IReadOnlyList<string> faults) = OptionTable.Apply(OptionTable.Preset("paper2019"), null, out bool lose);
        Assert.Empty(faults);
        Assert.False(lose);
        Assert.Equal(ServerOptions.Paper2019, options);
    }

    [Fact]
    public void Apply_ValidValues_ReplaceThoseOfThePresetAndLeaveThePresetAlone()
    {
        Hashtable table = new() { ["electiontimeoutlowerms"] = 300, ["ElectionTimeoutUpperMs"] = "600", ["PreVote"] = false, ["LoseUnsyncedOnKill"] = true };
        (ServerOptions options, IReadOnlyList<string> faults) = OptionTable.Apply(ServerOptions.Default, table, out bool lose);
        Assert.Empty(faults);
        Assert.True(lose);
        Assert.Equal(300, options.ElectionTimeoutLowerMs);
        Assert.Equal(600, options.ElectionTimeoutUpperMs);
        Assert.False(options.PreVote);
        Assert.Equal(500, ServerOptions.Default.ElectionTimeoutLowerMs);
    }

    [Fact]
    public void Apply_ManyFaults_AreAllReportedAtOnce()
    {
        Hashtable table = new() { ["Heartbeat"] = 1, ["PreVote"] = 3, ["MaxSessions"] = "many", ["Storage"] = null };
        (_, IReadOnlyList<string> faults) = OptionTable.Apply(ServerOptions.Default, table, out _);
        Assert.Equal(4, faults.Count);
        Assert.Contains(faults, fault => fault.Contains("'Heartbeat'", StringComparison.Ordinal) && fault.Contains("HeartbeatIntervalMs", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("'PreVote'", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("'MaxSessions'", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("'Storage'", StringComparison.Ordinal));
    }

    [Fact]
    public void Apply_ValuesThatDoNotGoTogether_AreFaults()
    {
        Hashtable table = new() { ["ElectionTimeoutLowerMs"] = 800, ["ElectionTimeoutUpperMs"] = 600, ["HeartbeatIntervalMs"] = 900, ["Storage"] = "Tape" };
        (_, IReadOnlyList<string> faults) = OptionTable.Apply(ServerOptions.Default, table, out _);
        Assert.Equal(3, faults.Count);
    }

    [Fact]
    public void Apply_LimitsThatTheServersWouldRefuse_AreFaultsHereAlready()
    {
        Hashtable table = new() { ["MaxAppendBytes"] = 100, ["MaxInflightBytes"] = 50, ["MaxInputsPerTurn"] = 0 };
        (_, IReadOnlyList<string> faults) = OptionTable.Apply(ServerOptions.Default, table, out _);
        Assert.Equal(3, faults.Count);
        Assert.Contains(faults, fault => fault.Contains("MaxInflightBytes (50) is below MaxAppendBytes (100)", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_AreAllOptionsOfServersAndTheOneOfTheLaunch()
    {
        IEnumerable<string> expected = typeof(ServerOptions)
            .GetProperties(BindingFlags.Instance | BindingFlags.Public).Select(property => property.Name).Append(OptionTable.LoseUnsyncedOnKill);
        Assert.Equal(expected.Order(StringComparer.Ordinal), OptionTable.Names);
    }

    [Fact]
    public void Check_BothPresets_HaveNoFault()
    {
        Assert.Empty(OptionTable.Check(ServerOptions.Default));
        Assert.Empty(OptionTable.Check(ServerOptions.Paper2019));
    }
}
