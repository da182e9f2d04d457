using System.Text;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

public sealed class JsonLogTests
{
    private static readonly string LogPath = Path.Combine(LogSamples.Directory, "log.json");

    [Fact]
    public void File_Format1_HasThisText()
    {
        var disk = new CrashDisk();
        using var log = JsonLog.Open(disk, LogSamples.Directory);
        log.Commit(Save(1, State(7, 3), null, Entry(1, 7), Entry(2, 7, "value")));
        Assert.Equal(
            """{"format":1,"term":7,"votedFor":3,"entries":[{"term":7,"index":1,"kind":0,"payload":""},{"term":7,"index":2,"kind":1,"payload":"dmFsdWU="}]}""",
            Encoding.UTF8.GetString(disk.Bytes(LogPath)));
        Assert.Equal(["log.json"], disk.List(LogSamples.Directory));
    }

    [Fact]
    public void Append_NoRoomForTheFile_IsRefusedAndTakenOnceThereIsRoom_P11()
    {
        var disk = new CrashDisk();
        using var log = JsonLog.Open(disk, LogSamples.Directory);
        log.Commit(Save(1, State(1), null, Entry(1, 1)));
        disk.IsFull = true;
        for (var i = 0; i < 2; i++)
        {
            Assert.Throws<DiskFullException>(() => log.Append([Save(2, State(2), 1, Entry(1, 2))]));
            Assert.Equal(["1@1 NoOp "], log.Read(Range(1, 9), int.MaxValue).Texts());
            Assert.Equal(["log.json"], disk.List(LogSamples.Directory));
        }

        disk.IsFull = false;
        log.Commit(Save(2, State(2), 1, Entry(1, 2)));
        using var again = JsonLog.Open(disk, LogSamples.Directory);
        Assert.Equal(["1@2 NoOp "], again.Read(Range(1, 9), int.MaxValue).Texts());
        Assert.Equal(State(2), again.Recovered.HardState);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"format":2}""")]
    [InlineData("""{"format":1,"term":7,"votedFor":3}""")]
    [InlineData("""{"format":1,"term":7,"votedFor":3,"entries":[{"term":7,"index":2,"kind":0,"payload":""}]}""")]
    [InlineData("""{"format":1,"term":7,"votedFor":3,"entries":[{"term":7,"index":1,"kind":0,"payload":"?"}]}""")]
    public void Open_Damaged_IsRefusedWithTheFile_P4(string text)
    {
        var disk = new CrashDisk();
        disk.Put(LogPath, Encoding.UTF8.GetBytes(text));
        Assert.Contains(LogPath, Assert.Throws<InvalidDataException>(() => JsonLog.Open(disk, LogSamples.Directory)).Message);
    }
}
