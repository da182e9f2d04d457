using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

/// <summary>
/// The bytes on disk may only grow: a change that makes one of these red makes old data unreadable. Give it a new
/// version of the format instead.
/// </summary>
public sealed class LogFormatFreezeTests
{
    [Fact]
    public void Segment_Version1_HasTheseBytes()
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            log.Commit(Save(1, State(7, 3), null, Entry(1, 7), Entry(2, 7, "value")));
            log.Commit(Save(2, State(8), 2));
        }

        var bytes = disk.Bytes(FirstSegment);
        Assert.Equal(
            "52414654" + "4B56574C" + "01000000" + "@" + "0100000000000000" + "8877665544332211" + "0100000000000000"
            + "0000000000000000" + "0000000000000000" + "0000000000000000" + "0000000000000000",
            Hex(bytes, 0, 12) + "@" + Hex(bytes, 16, 56));
        Assert.Equal(
            "4D000000" + "@" + "0100000000000000"
            + "01000000" + "00000000" + "0700000000000000" + "0300000000000000"
            + "03000000" + "00000000" + "0700000000000000" + "0100000000000000"
            + "03010000" + "05000000" + "0700000000000000" + "0200000000000000" + "76616C7565" + "000000",
            Hex(bytes, 72, 4) + "@" + Hex(bytes, 80, 88));
        Assert.Equal(
            "30000000" + "@" + "0200000000000000"
            + "01000000" + "00000000" + "0800000000000000" + "0000000000000000"
            + "02000000" + "00000000" + "0000000000000000" + "0200000000000000",
            Hex(bytes, 168, 4) + "@" + Hex(bytes, 176, 56));
        Assert.Equal("C430377B BBC6C55E 3FCF8420", $"{Hex(bytes, 12, 4)} {Hex(bytes, 76, 4)} {Hex(bytes, 172, 4)}");
        Assert.Equal(-1, bytes.AsSpan(232).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Names_NeverChange()
    {
        Assert.Equal("0000000000000001.wal", LogFormat.NameOf(1));
        Assert.Equal("log", DataDirectory.LogDirectory);
        Assert.Equal("identity.json", DataDirectory.IdentityFile);
        Assert.Equal("started", DataDirectory.StartedFile);
        Assert.Equal(
            ["HardState=1", "Truncate=2", "Entry=3", "Reset=4"],
            Enum.GetValues<RecordKind>().Select(k => $"{k}={(int)k}"));
    }

    [Fact]
    public void Checksum_IsCastagnoli() => Assert.Equal(0xE3069283, Crc32C.Compute("123456789"u8));

    private static string Hex(byte[] bytes, int offset, int count) => Convert.ToHexString(bytes, offset, count);
}
