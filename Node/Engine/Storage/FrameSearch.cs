
namespace RaftKv.Engine.Storage;

/// <summary>
/// Looks for a whole frame behind a bad one, at every place where one could begin. What lies there may be a client's
/// value that reads as one length after the other, so no checksum may cost what its length says: the state of the
/// checksum is kept for every eighth byte, and that of any range follows from two of them.
/// </summary>
internal static class FrameSearch
{
    /// <summary>Finds the first whole frame with a later number than the last one that was read.</summary>
    /// <param name="bytes">From where the bad frame begins, a multiple of 8 in its segment, to the end of the segment.</param>
    /// <param name="salt">The log's salt.</param>
    /// <param name="after">The number that the bad frame should have.</param>
    /// <returns>Where it begins in <paramref name="bytes"/> and its number; null when there is none.</returns>
    public static (int Offset, long Number)? Find(ReadOnlySpan<byte> bytes, ulong salt, long after)
    {
        var states = StatesOf(bytes);
        for (var at = 0; at + LogFormat.FrameHeaderBytes + LogFormat.RecordHeaderBytes <= bytes.Length; at += LogFormat.FrameAlignment)
        {
            if (LogFormat.TryReadFrameHeader(bytes[at..], out var header) && header.Number > after
                && header.Checksum == ChecksumOf(bytes, states, at, header.Length, salt)
                && LogFormat.IsPadded(bytes[at..], header.Length))
            {
                return (at, header.Number);
            }
        }

        return null;
    }

    /// <returns>The state of a checksum that began with zero, before each eighth byte.</returns>
    private static uint[] StatesOf(ReadOnlySpan<byte> bytes)
    {
        var states = new uint[(bytes.Length / LogFormat.FrameAlignment) + 1];
        for (var i = 1; i < states.Length; i++)
        {
            states[i] = Crc32C.Continue(states[i - 1], bytes.Slice((i - 1) * LogFormat.FrameAlignment, LogFormat.FrameAlignment));
        }

        return states;
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> bytes, uint[] states, int at, int length, ulong salt)
    {
        var first = at + LogFormat.FrameAlignment;
        var end = at + length;
        var aligned = end - (end % LogFormat.FrameAlignment);
        var atEnd = Crc32C.Continue(states[aligned / LogFormat.FrameAlignment], bytes[aligned..end]);
        var beginning = LogFormat.ChecksumBeginning(bytes[at..], salt);
        return Crc32C.End(atEnd ^ Crc32C.OverZeros(beginning ^ states[first / LogFormat.FrameAlignment], end - first));
    }
}
