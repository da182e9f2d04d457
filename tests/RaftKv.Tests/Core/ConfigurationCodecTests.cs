using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Configurations as bytes: what was written once must be read forever.</summary>
public sealed class ConfigurationCodecTests
{
    private static Configuration Sample => new(
        [
            new Member(new NodeId(1), "127.0.0.1:20001", IsVoter: true, 0xFEDCBA9876543210),
            new Member(new NodeId(300), "ü:2", IsVoter: false),
        ],
        new NodeId(301));

    private const string Frozen =
        "02" + "2D010000" + "02000000"
        + "01000000" + "01" + "0F00" + "1032547698BADCFE" + "3132372E302E302E313A3230303031"
        + "2C010000" + "00" + "0400" + "0000000000000000" + "C3BC3A32";

    private const string FrozenWithoutIncarnations =
        "01" + "2D010000" + "02000000"
        + "01000000" + "01" + "0F00" + "3132372E302E302E313A3230303031"
        + "2C010000" + "00" + "0400" + "C3BC3A32";

    [Fact]
    public void Layout_IsFrozen()
    {
        Assert.Equal(Frozen, Convert.ToHexString(ConfigurationCodec.Encode(Sample)));
        Assert.Equal(Sample, ConfigurationCodec.Decode(Convert.FromHexString(Frozen)));
    }

    /// <summary>What earlier versions wrote knows no incarnations, and is read forever.</summary>
    [Fact]
    public void Layout_OfEarlierVersions_IsRead() => Assert.Equal(
        new Configuration(Sample.Members.Select(m => m with { Incarnation = 0 }), Sample.HighestId),
        ConfigurationCodec.Decode(Convert.FromHexString(FrozenWithoutIncarnations)));

    [Fact]
    public void EveryPrefixAndEveryExtensionIsRefused()
    {
        var bytes = ConfigurationCodec.Encode(Sample);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<FormatException>(() => ConfigurationCodec.Decode(bytes.AsSpan(0, length)));
        }

        Assert.Throws<FormatException>(() => ConfigurationCodec.Decode([.. bytes, 0]));
    }

    [Theory]
    [InlineData(0, 3, "layout 3")]
    [InlineData(1, 0, "highest id")]
    [InlineData(8, 0x7F, "cannot name")]
    [InlineData(13, 2, "neither voter nor learner")]
    public void DamageIsNamed(int at, byte value, string message)
    {
        var bytes = ConfigurationCodec.Encode(Sample);
        bytes[at] = value;
        bytes[2] = at == 1 ? (byte)0 : bytes[2];
        Assert.Contains(message, Assert.Throws<FormatException>(() => ConfigurationCodec.Decode(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TooLongAnAddressIsRefused() => Assert.Throws<ArgumentException>(() => ConfigurationCodec.Encode(
        new Configuration([new Member(new NodeId(1), new string('a', ConfigurationCodec.MaxAddressBytes + 1), IsVoter: true)], new NodeId(1))));

    [Fact]
    public void S3_ConfigurationOfAnyIndexIsKnown()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new ChangeMembership(1, new AddLearner("four:1")));
        leader.Receive(Say.Accepted(2, 1, 2));
        leader.Step(new Proposal(2, new byte[1]));
        leader.Step(new ChangeMembership(3, new RemoveMember(Say.N(3))));
        Assert.Equal([(0, "n1 n2 n3"), (0, "n1 n2 n3"), (2, "n1 n2 n3 (n4)"), (2, "n1 n2 n3 (n4)"), (4, "n1 n2 (n4)")],
            Enumerable.Range(0, 5).Select(i => leader.Raft.ConfigurationAt(new LogIndex(i))).Select(c => ((int)c.Index.Value, c.Configuration.ToString())));
    }
}
