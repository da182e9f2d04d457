using Google.Protobuf;
using RaftKv.Core.Consensus;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Node.Transport;

/// <summary>
/// Turns the core's messages into wire envelopes and back. Payload bytes are wrapped, not copied, in both directions;
/// anyone who handed them over promised never to change them. Sender and receiver are not on the wire: the stream knows.
/// </summary>
internal static class MessageCodec
{
    /// <summary>The envelope of one message, an append with all its entries.</summary>
    /// <exception cref="ArgumentException">A kind that the wire has no name for: a bug.</exception>
    public static Wire.Envelope Encode(Message message)
    {
        var envelope = new Wire.Envelope { Term = message.Term.Value };
        switch (message)
        {
            case PreVoteRequest m:
                envelope.PreVoteRequest = new Wire.PreVoteRequest { Last = Encode(m.Last) };
                break;
            case PreVoteResponse m:
                envelope.PreVoteResponse = new Wire.PreVoteResponse { CampaignTerm = m.CampaignTerm.Value, Granted = m.Granted };
                break;
            case VoteRequest m:
                envelope.VoteRequest = new Wire.VoteRequest { Last = Encode(m.Last), IsTransfer = m.IsTransfer };
                break;
            case VoteResponse m:
                envelope.VoteResponse = new Wire.VoteResponse { Granted = m.Granted };
                break;
            case AppendRequest m:
                envelope.AppendRequest = EncodeHead(m);
                envelope.AppendRequest.Entries.AddRange(m.Entries.Select(e => Encode(e, e.Payload)));
                break;
            case AppendAccepted m:
                envelope.AppendAccepted = new Wire.AppendAccepted { Match = m.Match.Value, Run = m.Run };
                break;
            case AppendRejected m:
                envelope.AppendRejected = new Wire.AppendRejected { Rejected = m.Rejected.Value, Hint = Encode(m.Hint) };
                break;
            case Heartbeat m:
                envelope.Heartbeat = new Wire.Heartbeat { Commit = m.Commit.Value, Round = m.Round };
                break;
            case HeartbeatResponse m:
                envelope.HeartbeatResponse = new Wire.HeartbeatResponse { Round = m.Round, Run = m.Run, LoyalTicks = m.LoyalFor.Ticks };
                break;
            case ReadIndexRequest m:
                envelope.ReadIndexRequest = new Wire.ReadIndexRequest { Attempt = m.Attempt };
                break;
            case ReadIndexResponse m:
                envelope.ReadIndexResponse = new Wire.ReadIndexResponse { Attempt = m.Attempt, Index = m.Index.Value };
                break;
            case TimeoutNow:
                envelope.TimeoutNow = new Wire.TimeoutNow();
                break;
            case HelloRequest m:
                envelope.HelloRequest = new Wire.HelloRequest { Last = Encode(m.Last), Run = m.Run };
                break;
            case HelloResponse m:
                envelope.HelloResponse = Encode(m);
                break;
            case SnapshotChunk m:
                envelope.SnapshotChunk = Encode(m);
                break;
            case SnapshotChunkAccepted m:
                envelope.SnapshotChunkAccepted = new Wire.SnapshotChunkAccepted { Last = Encode(m.Last), NextOffset = m.NextOffset };
                break;
            default:
                throw new ArgumentException($"{message.GetType().Name} has no form on the wire.", nameof(message));
        }

        return envelope;
    }

    private static Wire.HelloResponse Encode(HelloResponse message) => new()
    {
        AcknowledgedTerm = message.AcknowledgedTerm.Value,
        Acknowledged = message.Acknowledged.Value,
        Last = Encode(message.Last),
        Run = message.Run,
        IsSpokenFor = message.IsSpokenFor,
        Membership = message.Membership is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(ConfigurationCodec.Encode(message.Membership)),
    };

    /// <summary>The message in an envelope that is complete in itself.</summary>
    /// <exception cref="InvalidDataException">It is not: an unknown kind, a part of an append, or entries that do not fit.</exception>
    public static Message Decode(Wire.Envelope envelope, NodeId from, NodeId to)
    {
        var term = new Term(envelope.Term);
        return envelope.KindCase switch
        {
            Wire.Envelope.KindOneofCase.PreVoteRequest =>
                new PreVoteRequest(from, to, term, Decode(envelope.PreVoteRequest.Last)),
            Wire.Envelope.KindOneofCase.PreVoteResponse =>
                new PreVoteResponse(from, to, term, new Term(envelope.PreVoteResponse.CampaignTerm), envelope.PreVoteResponse.Granted),
            Wire.Envelope.KindOneofCase.VoteRequest =>
                new VoteRequest(from, to, term, Decode(envelope.VoteRequest.Last), envelope.VoteRequest.IsTransfer),
            Wire.Envelope.KindOneofCase.VoteResponse =>
                new VoteResponse(from, to, term, envelope.VoteResponse.Granted),
            Wire.Envelope.KindOneofCase.AppendRequest =>
                DecodeAppend(envelope.AppendRequest, from, to, term),
            Wire.Envelope.KindOneofCase.AppendAccepted =>
                new AppendAccepted(from, to, term, new LogIndex(envelope.AppendAccepted.Match), envelope.AppendAccepted.Run),
            Wire.Envelope.KindOneofCase.AppendRejected =>
                new AppendRejected(from, to, term, new LogIndex(envelope.AppendRejected.Rejected), Decode(envelope.AppendRejected.Hint)),
            Wire.Envelope.KindOneofCase.Heartbeat =>
                new Heartbeat(from, to, term, new LogIndex(envelope.Heartbeat.Commit), envelope.Heartbeat.Round),
            Wire.Envelope.KindOneofCase.HeartbeatResponse =>
                new HeartbeatResponse(
                    from, to, term, envelope.HeartbeatResponse.Round,
                    TimeSpan.FromTicks(envelope.HeartbeatResponse.LoyalTicks), envelope.HeartbeatResponse.Run),
            Wire.Envelope.KindOneofCase.ReadIndexRequest =>
                new ReadIndexRequest(from, to, term, envelope.ReadIndexRequest.Attempt),
            Wire.Envelope.KindOneofCase.ReadIndexResponse =>
                new ReadIndexResponse(from, to, term, envelope.ReadIndexResponse.Attempt, new LogIndex(envelope.ReadIndexResponse.Index)),
            Wire.Envelope.KindOneofCase.TimeoutNow => new TimeoutNow(from, to, term),
            Wire.Envelope.KindOneofCase.HelloRequest =>
                new HelloRequest(from, to, term, Decode(envelope.HelloRequest.Last), envelope.HelloRequest.Run),
            Wire.Envelope.KindOneofCase.HelloResponse => DecodeHello(envelope.HelloResponse, from, to, term),
            Wire.Envelope.KindOneofCase.SnapshotChunk => DecodeChunk(envelope.SnapshotChunk, from, to, term),
            Wire.Envelope.KindOneofCase.SnapshotChunkAccepted => new SnapshotChunkAccepted(
                from, to, term, Decode(envelope.SnapshotChunkAccepted.Last), envelope.SnapshotChunkAccepted.NextOffset),
            _ => throw new InvalidDataException($"A peer sent {envelope.KindCase}, which this server cannot read here."),
        };
    }

    /// <summary>An append's wire form before any entry.</summary>
    public static Wire.AppendRequest EncodeHead(AppendRequest message) => new()
    {
        Previous = Encode(message.Previous),
        Commit = message.Commit.Value,
        EntryCount = message.Entries.Count,
    };

    /// <summary>An entry's wire form with a first part of its payload, or all of it.</summary>
    public static Wire.Entry Encode(in LogEntry entry, ReadOnlyMemory<byte> part) => new()
    {
        Term = entry.Id.Term.Value,
        Kind = (int)entry.Kind,
        Payload = UnsafeByteOperations.UnsafeWrap(part),
        PayloadBytes = entry.Payload.Length,
    };

    /// <summary>An entry at its place, with its whole payload.</summary>
    public static LogEntry Decode(Wire.Entry entry, LogIndex index, ReadOnlyMemory<byte> payload) =>
        new(new EntryId(new Term(entry.Term), index), (EntryKind)checked((byte)entry.Kind), payload);

    /// <summary>An entry's name, absent meaning "before the first".</summary>
    public static EntryId Decode(Wire.EntryId? id) => id is null ? EntryId.Zero : new EntryId(new Term(id.Term), new LogIndex(id.Index));

    private static Wire.EntryId Encode(EntryId id) => new() { Term = id.Term.Value, Index = id.Index.Value };

    private static Wire.SnapshotChunk Encode(SnapshotChunk chunk) => new()
    {
        Last = Encode(chunk.Meta.Last),
        ConfigurationIndex = chunk.Meta.ConfigurationIndex.Value,
        Configuration = UnsafeByteOperations.UnsafeWrap(ConfigurationCodec.Encode(chunk.Meta.Configuration)),
        Offset = chunk.Offset,
        Data = UnsafeByteOperations.UnsafeWrap(chunk.Data),
        TotalBytes = chunk.TotalBytes,
    };

    private static HelloResponse DecodeHello(Wire.HelloResponse wire, NodeId from, NodeId to, Term term)
    {
        try
        {
            var membership = wire.Membership.IsEmpty ? null : ConfigurationCodec.Decode(wire.Membership.Span);
            return new HelloResponse(
                from, to, term, new Term(wire.AcknowledgedTerm), new LogIndex(wire.Acknowledged), Decode(wire.Last), wire.Run, wire.IsSpokenFor, membership);
        }
        catch (FormatException fault)
        {
            throw new InvalidDataException($"An answer to a hello names a membership that cannot be read: {fault.Message}", fault);
        }
    }

    private static SnapshotChunk DecodeChunk(Wire.SnapshotChunk wire, NodeId from, NodeId to, Term term)
    {
        if (wire.Offset < 0 || wire.TotalBytes < 0 || wire.Data.Length > wire.TotalBytes - wire.Offset)
        {
            throw new InvalidDataException($"A part of a snapshot has {wire.Data.Length} bytes at {wire.Offset} of {wire.TotalBytes}.");
        }

        try
        {
            var meta = new SnapshotMeta(
                Decode(wire.Last), new LogIndex(wire.ConfigurationIndex), ConfigurationCodec.Decode(wire.Configuration.Span));
            return new SnapshotChunk(from, to, term, meta, wire.Offset, wire.Data.Memory, wire.TotalBytes);
        }
        catch (FormatException fault)
        {
            throw new InvalidDataException($"A part of a snapshot names a membership that cannot be read: {fault.Message}", fault);
        }
    }

    private static AppendRequest DecodeAppend(Wire.AppendRequest wire, NodeId from, NodeId to, Term term)
    {
        if (wire.EntryCount != wire.Entries.Count)
        {
            throw new InvalidDataException($"An append says {wire.EntryCount} entries and holds {wire.Entries.Count}.");
        }

        var previous = Decode(wire.Previous);
        var entries = new LogEntry[wire.Entries.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = wire.Entries[i];
            if (entry.Payload.Length != entry.PayloadBytes)
            {
                throw new InvalidDataException($"An entry says {entry.PayloadBytes} bytes and holds {entry.Payload.Length}.");
            }

            entries[i] = Decode(entry, previous.Index + (i + 1), entry.Payload.Memory);
        }

        return new AppendRequest(from, to, term, previous, entries, new LogIndex(wire.Commit));
    }
}
