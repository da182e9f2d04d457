using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.OtherSystems;
using RaftKv.Evaluation.Recoveries;
using RaftKv.Evaluation.Results;

namespace RaftKv.Tests.Evaluation;

public sealed class RecoveryFaultsTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(31)]
    public void Minorities_OfAnyCluster_LeaveNoMajorityAndPutTheLeaderIntoEachKindOfGroup(int count)
    {
        int[] servers = [.. Enumerable.Range(1, count)];
        var places = new List<int>();
        foreach (var repetition in Enumerable.Range(1, 3))
        {
            var groups = RecoveryFaults.Minorities(servers, 2, repetition);
            Assert.Equal([(count - 1) / 2, (count - 1) / 2, 1], groups.Select(g => g.Length));
            Assert.Equal(servers, groups.SelectMany(g => g).Order());
            places.Add(Array.FindIndex(groups, g => g.Contains(2)));
        }

        Assert.Equal([0, 1, 2], places);
    }

    [Fact]
    public void From_ARecoveryThatWasCutOff_HasNoTimeAndSaysSo()
    {
        var time = new RecoveryTime(RecoveryFault.LeaderKilled, 3, 12.5, 700, null, 5, 1);
        var rows = RecoveryRows.From(time, RowHead.Of("RaftElection") with { Options = "A=1" });
        var acknowledged = Assert.Single(rows, r => r.Metric == "TimeToAcknowledgement");
        Assert.Equal(("timeout", (double?)null), (acknowledged.Outcome, acknowledged.Value));
        Assert.Equal(("ok", 700), (rows[0].Outcome, rows[0].Value));
        Assert.Equal(12.5, Assert.Single(rows, r => r.Metric == "FaultPhase").Value);
        Assert.All(rows, r => Assert.Equal("Fault=LeaderKilled;A=1", r.Options));
        Assert.Equal("LeaderKilled", OptionText.VariationOf(rows[0].Options).Split('=')[1]);
    }
}

public sealed class EtcdMessagesTests
{
    [Fact]
    public void Fields_APut_IsWhatTheWireFormatSays() =>
        Assert.Equal([0x0A, 1, (byte)'k', 0x12, 2, (byte)'v', (byte)'w'], EtcdMessages.Fields("k"u8.ToArray(), "vw"u8.ToArray()));

    [Fact]
    public void ReadStatus_AReplyWithOtherFieldsToo_FindsMemberAndLeader()
    {
        // header { cluster_id = 9; member_id = 300 }, version = "3", dbSize = 5, leader = 300, raftIndex = 1.
        byte[] reply = [0x0A, 5, 0x08, 9, 0x10, 0xAC, 0x02, 0x12, 1, (byte)'3', 0x18, 5, 0x20, 0xAC, 0x02, 0x28, 1];
        Assert.Equal((300UL, 300UL), EtcdMessages.ReadStatus(reply));
        Assert.Equal((0UL, 0UL), EtcdMessages.ReadStatus([]));
    }
}
