using System.Collections;
using System.Reflection;
using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Arguments;

namespace RaftKv.Tests.PSModule;

/// <summary>The hashtable of Start-RaftCluster -Option.</summary>
public sealed class OptionTableTests
{
    [Fact]
    public void Apply_NothingSet_IsThePreset()
    {
        (ServerOptions options, IReadOnlyList<string> faults) = OptionTable.Apply(ServerOptions.OfPreset("paper2019"), null, out bool? lose);
        Assert.Empty(faults);
        Assert.Null(lose);
        Assert.Equal(ServerOptions.Paper2019, options);
    }

    [Fact]
    public void OfPreset_OfNoSuchName_IsAnErrorThatNamesThem()
    {
        RaftKvException error = Assert.Throws<RaftKvException>(() => ServerOptions.OfPreset("Paper2020"));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("'Paper2020': choose Default or Paper2019", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ValidValues_ReplaceThoseOfThePresetAndLeaveThePresetAlone()
    {
        Hashtable table = new() { ["electiontimeoutlowerms"] = 300, ["ElectionTimeoutUpperMs"] = "600", ["PreVote"] = false, ["LoseUnsyncedOnKill"] = true };
        (ServerOptions options, IReadOnlyList<string> faults) = OptionTable.Apply(ServerOptions.Default, table, out bool? lose);
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

    /// <summary>PowerShell rounds to whole numbers, and reads 1500,5 as 15005.</summary>
    [Theory]
    [InlineData("MaxSessions", 100.6)]
    [InlineData("MaxSessions", "100.6")]
    [InlineData("ElectionTimeoutUpperMs", "1500,5")]
    public void Apply_NumbersThatAreNotExact_AreFaults(string name, object value)
    {
        (_, IReadOnlyList<string> faults) = OptionTable.Apply(ServerOptions.Default, new Hashtable { [name] = value }, out _);
        Assert.Contains($"'{name}' takes a ", Assert.Single(faults), StringComparison.Ordinal);
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
    public void All_EveryOption_HasARangeThatItsDefaultsAreIn()
    {
        Assert.Equal(OptionTable.Names, OptionTable.All.Select(option => option.Name).Order(StringComparer.Ordinal));
        foreach ((string name, OptionAttribute option) in OptionTable.All)
        {
            Assert.True(option.Allows(OptionTable.ValueOf(ServerOptions.Default, false, name)), name);
            Assert.True(option.Allows(OptionTable.ValueOf(ServerOptions.Paper2019, true, name)), name);
        }
    }

    [Theory]
    [InlineData("MaxInputsPerTurn", 0, "MaxInputsPerTurn is 0: choose 1 or more.")]
    [InlineData("ElectionTimeoutLowerMs", 5, "ElectionTimeoutLowerMs is 5: choose 10 to 60,000.")]
    [InlineData("ElectionTimeoutUpperMs", double.NaN, "ElectionTimeoutUpperMs is NaN: choose 10 to 600,000.")]
    [InlineData("Storage", "Tape", "Storage is 'Tape': choose Wal or Json.")]
    [InlineData("SnapshotChunkBytes", 1_048_577, "SnapshotChunkBytes is 1048577: choose 1,024 to 1,048,576.")]
    public void Check_AValueOutOfItsRange_NamesItAndTheRange(string name, object value, string expected)
    {
        (_, IReadOnlyList<string> faults) = OptionTable.Apply(ServerOptions.Default, new Hashtable { [name] = value }, out _);
        Assert.Contains(expected, faults);
    }

    [Fact]
    public void OptionSet_HasTheOptionsOfServers_WithTheirTypes()
    {
        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public;
        var set = typeof(RaftOptionSet).GetProperties(Own).Where(p => p.Name != OptionTable.LoseUnsyncedOnKill).Select(p => (p.Name, p.PropertyType));
        Assert.Equal(typeof(ServerOptions).GetProperties(Own).Select(p => (p.Name, p.PropertyType)).OrderBy(p => p.Name), set.OrderBy(p => p.Name));
    }

    [Fact]
    public void Check_BothPresets_HaveNoFault()
    {
        Assert.Empty(ServerOptions.Default.Faults());
        Assert.Empty(ServerOptions.Paper2019.Faults());
    }
}
