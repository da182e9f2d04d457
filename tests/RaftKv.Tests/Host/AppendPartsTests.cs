using Google.Protobuf;
using RaftKv.Core.Consensus;
using RaftKv.Node.Transport;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Tests.Host;

public sealed class AppendPartsTests
{
    private const int MaxBytes = 1024;

    public static TheoryData<int[]> Shapes => new(
    [
        Array.Empty<int>(),
        new int[] { 0 },
        new int[] { 1, 2, 3 },
        new int[] { MaxBytes },
        new int[] { MaxBytes - LogEntry.OverheadBytes },
        new int[] { MaxBytes - LogEntry.OverheadBytes, 5 },
        new int[] { MaxBytes - (2 * LogEntry.OverheadBytes), 0, 7 },
        new int[] { 10 * MaxBytes },
        new int[] { 100, 5000, 0, 0, 2048, 1, 1 },
        new int[] { 300, 300, 300, 300, 300, 300, 300, 300, 300 },
    ]);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void SplitAndAssembled_AnyShape_ComesBackWholeInSmallParts(int[] payloads)
    {
        var append = MessageSamples.Append(new EntryId(new Term(2), new LogIndex(10)), payloads);

        var parts = AppendParts.Split(append, MaxBytes).ToList();

        Assert.All(parts, p => Assert.InRange(p.CalculateSize(), 1, MaxBytes + 128));
        var assembler = Assembler();
        var messages = parts.Select(p => assembler.Accept(Wire.Envelope.Parser.ParseFrom(p.ToByteArray()))).ToList();
        Assert.All(messages.SkipLast(1), Assert.Null);
        MessageSamples.AssertEqual(append, messages[^1]);
    }

    [Fact]
    public void Accept_TwoAppendsInARow_BothComeBack()
    {
        var assembler = Assembler();
        foreach (var append in new[] { MessageSamples.Append(EntryId.Zero, 3000), MessageSamples.Append(EntryId.Zero, 1, 4000) })
        {
            var last = AppendParts.Split(append, MaxBytes).ToList().ConvertAll(assembler.Accept)[^1];
            MessageSamples.AssertEqual(append, last);
        }
    }

    [Fact]
    public void Accept_RestWithoutBeginning_IsRefused()
    {
        var rest = AppendParts.Split(MessageSamples.Append(EntryId.Zero, 3000), MaxBytes).ElementAt(1);

        Assert.Throws<InvalidDataException>(() => Assembler().Accept(rest));
    }

    [Fact]
    public void Accept_OtherMessageBeforeTheRest_IsRefused()
    {
        var assembler = Assembler();
        assembler.Accept(AppendParts.Split(MessageSamples.Append(EntryId.Zero, 3000), MaxBytes).First());

        Assert.Throws<InvalidDataException>(
            () => assembler.Accept(MessageCodec.Encode(new HeartbeatResponse(MessageSamples.From, MessageSamples.To, new Term(1), 1, default))));
    }

    [Fact]
    public void Accept_EntryAboveTheLimit_IsRefusedBeforeItsBytesCome()
    {
        var assembler = new AppendAssembler(MessageSamples.From, MessageSamples.To, maxEntryBytes: 2000);

        Assert.Throws<InvalidDataException>(
            () => assembler.Accept(AppendParts.Split(MessageSamples.Append(EntryId.Zero, 3000), MaxBytes).First()));
    }

    [Fact]
    public void Accept_MoreBytesThanAnnounced_IsRefused()
    {
        var assembler = Assembler();
        var parts = AppendParts.Split(MessageSamples.Append(EntryId.Zero, 1500), MaxBytes).ToList();
        parts[1].AppendContinuation.Payload = ByteString.CopyFrom(new byte[2000]);
        assembler.Accept(parts[0]);

        Assert.Throws<InvalidDataException>(() => assembler.Accept(parts[1]));
    }

    private static AppendAssembler Assembler() => new(MessageSamples.From, MessageSamples.To, maxEntryBytes: 1 << 20);
}
