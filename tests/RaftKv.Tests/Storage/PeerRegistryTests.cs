using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Storage;

/// <summary>First meetings and the first membership, as the disk keeps them.</summary>
public sealed class PeerRegistryTests
{
    private static readonly string PeersPath = Path.Combine("/data", PeerRegistry.FileName);
    private static readonly string MembershipPath = Path.Combine("/data", FirstMembership.FileName);

    private static readonly Configuration Three = Configuration.Of([new NodeId(1), new NodeId(2), new NodeId(3)]);

    private static PeerRegistry Open(CrashDisk disk)
    {
        var peers = PeerRegistry.Open(disk, "/data");
        var placed = new PlacedConfiguration(LogIndex.Zero, Three);
        peers.Use(placed, placed);
        return peers;
    }

    [Fact]
    public void P7_H1_FirstMeeting_IsRememberedByTheNextRun()
    {
        var disk = new CrashDisk();
        Assert.False(Open(disk).Admit(new NodeId(2), 0xFEDCBA9876543210).IsRefused);
        disk = disk.AfterCrash(seed: 1);
        Assert.Equal(AdmissionKind.Replaced, Open(disk).Admit(new NodeId(2), 7).Kind);
        Assert.Equal(AdmissionKind.Admitted, Open(disk).Admit(new NodeId(2), 0xFEDCBA9876543210).Kind);
    }

    [Fact]
    public void P7_Layout_IsFrozen()
    {
        var disk = new CrashDisk();
        var peers = Open(disk);
        peers.Admit(new NodeId(3), 0xFEDCBA9876543210);
        peers.Admit(new NodeId(2), 1);
        const string Frozen = "{\n  \"format\": 1,\n  \"incarnations\": {\n    \"2\": \"0000000000000001\",\n    \"3\": \"fedcba9876543210\"\n  },\n  \"crc32c\": \"5b30e77d\"\n}\n";
        Assert.Equal(Frozen, Encoding.UTF8.GetString(disk.Bytes(PeersPath)));
    }

    [Theory]
    [InlineData("0001", "0002")]
    [InlineData("\"2\"", "\"3\"")]
    [InlineData("\"format\": 1", "\"format\": 2")]
    [InlineData("{", "")]
    public void P7_DamagedMeetings_AreRefused(string original, string damage)
    {
        var disk = new CrashDisk();
        Open(disk).Admit(new NodeId(2), 1);
        var text = Encoding.UTF8.GetString(disk.Bytes(PeersPath));
        Assert.Contains(original, text, StringComparison.Ordinal);
        disk.Put(PeersPath, Encoding.UTF8.GetBytes(text.Replace(original, damage, StringComparison.Ordinal)));
        Assert.Contains("is damaged", Assert.Throws<InvalidDataException>(() => Open(disk)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_RisesWithEveryMembership()
    {
        var peers = Open(new CrashDisk());
        var before = peers.Version;
        peers.Use(new(new LogIndex(4), Three), new(LogIndex.Zero, Three));
        Assert.True(peers.Version > before);
    }

    [Fact]
    public void M7_H5_FirstMembership_IsTakenFromTheListOnceAndFromTheDiskEverAfter()
    {
        var disk = new CrashDisk();
        Assert.Equal(Three, FirstMembership.Settle(disk, "/data", Three));
        disk = disk.AfterCrash(seed: 1);
        Assert.Equal(Three, FirstMembership.Settle(disk, "/data", Configuration.Of([new NodeId(3)])));
    }

    [Theory]
    [InlineData("\"format\": 1", "\"format\": 2")]
    [InlineData("\"configuration\": \"A", "\"configuration\": \"B")]
    [InlineData("{", "")]
    public void M7_DamagedFirstMembership_IsRefused(string original, string damage)
    {
        var disk = new CrashDisk();
        FirstMembership.Settle(disk, "/data", Three);
        var text = Encoding.UTF8.GetString(disk.Bytes(MembershipPath));
        Assert.Contains(original, text, StringComparison.Ordinal);
        disk.Put(MembershipPath, Encoding.UTF8.GetBytes(text.Replace(original, damage, StringComparison.Ordinal)));
        Assert.Contains(
            "is damaged", Assert.Throws<InvalidDataException>(() => FirstMembership.Settle(disk, "/data", Three)).Message, StringComparison.Ordinal);
    }

    /// <summary>A directory of an earlier version kept none, and takes the list; one of this version that lost it must not.</summary>
    [Theory]
    [InlineData("The log was made; without it this server must not start.\n", false)]
    [InlineData("The log and membership.json were made; without them this server must not start.\n", true)]
    public void M7_MissingFirstMembership_IsALossOnlyWhereItWasKept(string started, bool isRefused)
    {
        var disk = new CrashDisk();
        disk.CreateDirectory("/data");
        disk.Put(Path.Combine("/data", DataDirectory.StartedFile), Encoding.UTF8.GetBytes(started));
        if (isRefused)
        {
            Assert.Contains(
                "is gone", Assert.Throws<InvalidDataException>(() => FirstMembership.Settle(disk, "/data", Three)).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(Three, FirstMembership.Settle(disk, "/data", Three));
        }
    }
}
