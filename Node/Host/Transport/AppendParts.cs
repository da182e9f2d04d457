using Google.Protobuf;
using Google.Protobuf.Collections;
using RaftKv.Core.Consensus;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Node.Transport;

/// <summary>
/// Cuts appends into envelopes that fit a frame, so that one large value does not hold up the stream for as long as it
/// takes to send it whole.
/// </summary>
internal static class AppendParts
{
    /// <summary>The envelopes of one append, each with at most about <paramref name="maxBytes"/> of entries.</summary>
    public static IEnumerable<Wire.Envelope> Split(AppendRequest message, int maxBytes)
    {
        var head = MessageCodec.EncodeHead(message);
        var envelope = new Wire.Envelope { Term = message.Term.Value, AppendRequest = head };
        var entries = head.Entries;
        var room = maxBytes;
        foreach (var entry in message.Entries)
        {
            room -= LogEntry.OverheadBytes;
            if (room < 0)
            {
                yield return envelope;
                (envelope, entries, room) = Continue(message.Term, maxBytes - LogEntry.OverheadBytes);
            }

            var rest = entry.Payload;
            var part = rest[..Math.Min(room, rest.Length)];
            entries.Add(MessageCodec.Encode(entry, part));
            rest = rest[part.Length..];
            room -= part.Length;
            while (rest.Length > 0)
            {
                yield return envelope;
                (envelope, entries, room) = Continue(message.Term, maxBytes);
                part = rest[..Math.Min(room, rest.Length)];
                envelope.AppendContinuation.Payload = UnsafeByteOperations.UnsafeWrap(part);
                rest = rest[part.Length..];
                room -= part.Length;
            }
        }

        yield return envelope;
    }

    private static (Wire.Envelope Envelope, RepeatedField<Wire.Entry> Entries, int Room) Continue(Term term, int room)
    {
        var continuation = new Wire.AppendContinuation();
        return (new Wire.Envelope { Term = term.Value, AppendContinuation = continuation }, continuation.Entries, room);
    }
}

/// <summary>
/// Puts the parts of appends together again, one stream's worth: parts of one append follow each other on its stream.
/// Not thread-safe.
/// </summary>
/// <param name="from">The stream's sender.</param>
/// <param name="to">This server.</param>
/// <param name="maxEntryBytes">The largest payload that is taken; a peer that announces more is refused.</param>
internal sealed class AppendAssembler(NodeId from, NodeId to, int maxEntryBytes)
{
    private Wire.AppendRequest? _head;
    private Term _term;
    private List<LogEntry> _entries = [];
    private Wire.Entry? _open;
    private byte[] _payload = [];
    private int _filled;

    /// <summary>Takes the next envelope.</summary>
    /// <returns>A whole message, or null when more parts must come.</returns>
    /// <exception cref="InvalidDataException">The parts do not fit together; the stream must end.</exception>
    public Message? Accept(Wire.Envelope envelope)
    {
        switch (envelope.KindCase)
        {
            case Wire.Envelope.KindOneofCase.AppendRequest:
                RequireNothingOpen();
                _head = envelope.AppendRequest;
                _term = new Term(envelope.Term);
                _entries = new List<LogEntry>(Math.Clamp(_head.EntryCount, 0, 4096));
                AddEntries(_head.Entries);
                return TakeIfWhole();
            case Wire.Envelope.KindOneofCase.AppendContinuation:
                if (_head is null)
                {
                    throw new InvalidDataException("A peer sent the rest of an append that it never began.");
                }

                AddPayload(envelope.AppendContinuation.Payload.Span);
                AddEntries(envelope.AppendContinuation.Entries);
                return TakeIfWhole();
            default:
                RequireNothingOpen();
                return MessageCodec.Decode(envelope, from, to);
        }
    }

    private void RequireNothingOpen()
    {
        if (_head is not null)
        {
            throw new InvalidDataException("A peer began a message before it had finished an append.");
        }
    }

    private void AddEntries(IList<Wire.Entry> entries)
    {
        foreach (var entry in entries)
        {
            if (_open is not null || entry.Payload.Length > entry.PayloadBytes || entry.PayloadBytes > maxEntryBytes)
            {
                throw new InvalidDataException($"A peer sent an entry of {entry.PayloadBytes} bytes that does not fit (limit {maxEntryBytes}).");
            }

            if (entry.Payload.Length == entry.PayloadBytes)
            {
                Add(entry, entry.Payload.Memory);
                continue;
            }

            _open = entry;
            _payload = GC.AllocateUninitializedArray<byte>(entry.PayloadBytes);
            _filled = 0;
            AddPayload(entry.Payload.Span);
        }
    }

    private void AddPayload(ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
        {
            return;
        }

        if (_open is null || part.Length > _payload.Length - _filled)
        {
            throw new InvalidDataException("A peer sent more of an entry than it announced.");
        }

        part.CopyTo(_payload.AsSpan(_filled));
        _filled += part.Length;
        if (_filled == _payload.Length)
        {
            Add(_open, _payload);
            _open = null;
            _payload = [];
        }
    }

    private void Add(Wire.Entry entry, ReadOnlyMemory<byte> payload)
    {
        var previous = MessageCodec.Decode(_head!.Previous).Index;
        _entries.Add(MessageCodec.Decode(entry, previous + (_entries.Count + 1), payload));
    }

    private AppendRequest? TakeIfWhole()
    {
        if (_open is not null || _entries.Count < _head!.EntryCount)
        {
            return null;
        }

        if (_entries.Count > _head.EntryCount)
        {
            throw new InvalidDataException($"An append says {_head.EntryCount} entries and holds {_entries.Count}.");
        }

        var message = new AppendRequest(from, to, _term, MessageCodec.Decode(_head.Previous), _entries, new LogIndex(_head.Commit));
        _head = null;
        _entries = [];
        return message;
    }
}
