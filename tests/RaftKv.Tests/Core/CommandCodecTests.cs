using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Core;

/// <summary>The bytes of commands: they lie in logs, so they are frozen here.</summary>
public sealed class CommandCodecTests
{
    private static readonly Dictionary<string, Command> Commands = new()
    {
        ["010100000000"] = new() { Kind = CommandKind.OpenSession },
        ["020100000000904E"] = new() { Kind = CommandKind.OpenSession, MaxSessions = 10_000 },
        ["010400070000"] = new() { Kind = CommandKind.CloseSession, SessionId = 7 },
        ["010200AC02010001610362C384"] = KvStoreTests.Put("a", "bÄ", session: 300, sequence: 1),
        ["0102010000000161000 5".Replace(" ", "", StringComparison.Ordinal)] =
            KvStoreTests.Put("a", "", condition: new Condition(ConditionKind.Version, 5, default)),
        ["010302000000026B32020001"] =
            KvStoreTests.Delete("k2", new Condition(ConditionKind.Value, 0, new byte[] { 0, 1 })),
        ["010200FFFFFFFFFFFFFFFF7F0203016100"] =
            KvStoreTests.Put("a", "", session: long.MaxValue, sequence: 2, acknowledged: 3),
    };

    public static TheoryData<string> Frozen { get; } = new(Commands.Keys);

    [Theory]
    [MemberData(nameof(Frozen))]
    public void Bytes_AreFrozen(string hex)
    {
        Assert.Equal(hex, Convert.ToHexString(CommandCodec.Encode(Commands[hex])));
        var decoded = CommandCodec.Decode(Convert.FromHexString(hex));
        Assert.Equal(hex, Convert.ToHexString(CommandCodec.Encode(decoded)));
        Assert.Equal((Commands[hex].Kind, Commands[hex].SessionId, Commands[hex].Sequence, Commands[hex].AcknowledgedBelow, Commands[hex].MaxSessions),
            (decoded.Kind, decoded.SessionId, decoded.Sequence, decoded.AcknowledgedBelow, decoded.MaxSessions));
        Assert.Equal(Commands[hex].Value.ToArray(), decoded.Value.ToArray());
        Assert.Equal(Commands[hex].Condition.Kind, decoded.Condition.Kind);
    }

    [Theory]
    [MemberData(nameof(Frozen))]
    public void CutOrExtendedBytes_AreRefused(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<FormatException>(() => CommandCodec.Decode(bytes.AsMemory(0, length)));
        }

        Assert.Throws<FormatException>(() => CommandCodec.Decode(new ReadOnlyMemory<byte>([.. bytes, 0])));
    }

    [Theory]
    [InlineData("030100000000")]
    [InlineData("02010000000000")]
    [InlineData("020400070000904E")]
    [InlineData("0201000000008080808010")]
    [InlineData("010500000000")]
    [InlineData("010000000000")]
    [InlineData("01020300000001610161")]
    [InlineData("01020000000000016100")]
    [InlineData("0101FFFFFFFFFFFFFFFFFF010000")]
    public void UnknownVersionKindOrLength_IsRefused(string hex) =>
        Assert.Throws<FormatException>(() => CommandCodec.Decode(Convert.FromHexString(hex)));

    [Theory]
    [InlineData(0)]
    [InlineData(4097)]
    public void KeyOfImpossibleLength_IsRefused(int length)
    {
        var command = new Command { Kind = CommandKind.Put, Key = new byte[length] };
        Assert.Throws<ArgumentException>(() => CommandCodec.Encode(command));
    }

    [Fact]
    public void Decode_CopiesNothing()
    {
        var bytes = CommandCodec.Encode(KvStoreTests.Put("a", "b"));
        var decoded = CommandCodec.Decode(bytes);
        bytes[^1] = (byte)'z';
        Assert.Equal((byte)'z', decoded.Value.Span[0]);
    }

    [Fact]
    public void PersistedNumbers_AreFrozen()
    {
        static string Of<T>()
            where T : struct, Enum => string.Join(' ', Enum.GetValues<T>().Select(v => $"{v}={Convert.ToInt32(v)}"));
        Assert.Equal("OpenSession=1 Put=2 Delete=3 CloseSession=4", Of<CommandKind>());
        Assert.Equal("None=0 Version=1 Value=2", Of<ConditionKind>());
        Assert.Equal("Ok=0 KeyNotFound=1 ConditionFailed=2 SessionUnknown=3 SequenceForgotten=4", Of<ReplyStatus>());
        Assert.Equal("NoOp=0 Command=1 Configuration=2", Of<EntryKind>());
    }
}
