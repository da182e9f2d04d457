using Google.Protobuf;
using RaftKv.Core.Consensus;
using RaftKv.Node.Transport;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Tests.Host;

public sealed class MessageCodecTests
{
    public static TheoryData<string> KindNames => [.. MessageSamples.Kinds.Select(k => k.Name)];

    [Theory]
    [MemberData(nameof(KindNames))]
    public void Encode_EveryKind_ComesBackEqual(string kind)
    {
        var message = MessageSamples.Make(MessageSamples.Kinds.Single(k => k.Name == kind));
        if (message is AppendRequest append)
        {
            // An entry's index is its place after the previous one, so a sample must be contiguous (R12).
            message = append with { Entries = [append.Entries[0] with { Id = new EntryId(new Term(5), append.Previous.Index.Next) }] };
        }

        var bytes = MessageCodec.Encode(message).ToByteArray();
        var back = MessageCodec.Decode(Wire.Envelope.Parser.ParseFrom(bytes), MessageSamples.From, MessageSamples.To);

        MessageSamples.AssertEqual(message, back);
    }

    [Fact]
    public void Encode_KindUnknownToTheWire_IsRefused()
    {
        var stranger = new Stranger(MessageSamples.From, MessageSamples.To, new Term(1));

        Assert.Throws<ArgumentException>(() => MessageCodec.Encode(stranger));
    }

    [Fact]
    public void Decode_EmptyEnvelope_IsRefused()
    {
        Assert.Throws<InvalidDataException>(() => MessageCodec.Decode(new Wire.Envelope(), MessageSamples.From, MessageSamples.To));
    }

    [Fact]
    public void Encode_Payload_IsWrappedNotCopied()
    {
        var append = MessageSamples.Append(EntryId.Zero, 64);

        var wire = MessageCodec.Encode(append).AppendRequest.Entries[0].Payload.Memory;

        Assert.True(wire.Span == append.Entries[0].Payload.Span);
    }

    [Fact]
    public void WireNumbers_AreFrozen()
    {
        var numbers = Wire.Envelope.Descriptor.Fields.InFieldNumberOrder().Select(f => $"{f.FieldNumber} {f.Name}");

        Assert.Equal(
            [
                "1 term", "2 pre_vote_request", "3 pre_vote_response", "4 vote_request", "5 vote_response", "6 append_request",
                "7 append_continuation", "8 append_accepted", "9 append_rejected", "10 heartbeat", "11 heartbeat_response",
                "12 read_index_request", "13 read_index_response", "14 hello_request", "15 hello_response", "16 timeout_now", "17 snapshot_chunk", "18 snapshot_chunk_accepted",
            ],
            numbers);
    }

    private sealed record Stranger(NodeId From, NodeId To, Term Term) : Message(From, To, Term);
}
