using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// Lays out one frame in a buffer that is used again for the next one. The single copy of payload bytes between the
/// network and the disk is made here.
/// </summary>
internal sealed class FrameBuilder
{
    private const int LargestKeptBytes = 4 * 1024 * 1024;

    private byte[] _buffer = new byte[64 * 1024];
    private int _length;

    /// <summary>The frame as it will lie on disk, padding included.</summary>
    public ReadOnlySpan<byte> Padded => _buffer.AsSpan(0, (int)LogFormat.Padded(_length));

    /// <summary>Whether the batch has nothing to write: its saves only say what may be forgotten.</summary>
    public bool IsEmpty => _length == LogFormat.FrameHeaderBytes;

    /// <summary>Where each entry's record begins inside the frame, in order of the entries.</summary>
    public List<int> EntryOffsets { get; } = [];

    /// <summary>Lays out the frame of a batch.</summary>
    public void Build(IReadOnlyList<Save> saves, long number, ulong salt)
    {
        if (_buffer.Length > LargestKeptBytes)
        {
            _buffer = new byte[LargestKeptBytes];
        }

        EntryOffsets.Clear();
        _length = LogFormat.FrameHeaderBytes;
        for (var s = 0; s < saves.Count; s++)
        {
            Add(saves[s]);
        }

        Reserve(LogFormat.FrameAlignment);
        _buffer.AsSpan(_length, (int)LogFormat.Padded(_length) - _length).Clear();
        LogFormat.SealFrame(_buffer.AsSpan(0, _length), number, salt);
    }

    private void Add(in Save save)
    {
        if (save.HardState is { } state)
        {
            AddRecord(RecordKind.HardState, default, state.Term.Value, state.VotedFor.Value, default);
        }

        if (save.TruncateFrom is { } from)
        {
            AddRecord(RecordKind.Truncate, default, 0, from.Value, default);
        }

        if (save.ResetTo is { } reset)
        {
            AddRecord(RecordKind.Reset, default, reset.Term.Value, reset.Index.Value, default);
        }

        for (var i = 0; i < save.Entries.Count; i++)
        {
            var entry = save.Entries[i];
            EntryOffsets.Add(_length);
            AddRecord(RecordKind.Entry, entry.Kind, entry.Id.Term.Value, entry.Id.Index.Value, entry.Payload.Span);
        }
    }

    private void AddRecord(RecordKind kind, EntryKind entryKind, long term, long value, ReadOnlySpan<byte> payload)
    {
        Reserve(LogFormat.RecordHeaderBytes + payload.Length);
        var target = _buffer.AsSpan(_length);
        LogFormat.WriteRecord(target, kind, entryKind, payload.Length, term, value);
        payload.CopyTo(target[LogFormat.RecordHeaderBytes..]);
        _length += LogFormat.RecordHeaderBytes + payload.Length;
    }

    private void Reserve(int bytes)
    {
        var needed = checked(_length + bytes);
        if (needed > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length)));
        }
    }
}
