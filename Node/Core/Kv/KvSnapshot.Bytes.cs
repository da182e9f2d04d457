using System.Buffers.Binary;

namespace RaftKv.Core.Kv;

/// <summary>Numbers and strings of bytes as the format has them, made and read a chunk at a time.</summary>
public static partial class KvSnapshot
{
    /// <summary>The bytes that are being made.</summary>
    private sealed class Chunk(int chunkBytes)
    {
        private byte[] _bytes = new byte[chunkBytes + 64];
        private int _length;

        public bool IsFull => _length >= chunkBytes;

        public ReadOnlyMemory<byte> Take()
        {
            var taken = _bytes.AsMemory(0, _length);
            _length = 0;
            return taken;
        }

        public void Raw(ReadOnlySpan<byte> bytes)
        {
            Reserve(bytes.Length);
            bytes.CopyTo(_bytes.AsSpan(_length));
            _length += bytes.Length;
        }

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            Number(bytes.Length);
            Raw(bytes);
        }

        public void Number(long number)
        {
            Reserve(9);
            while (number >= 0x80)
            {
                _bytes[_length++] = (byte)(number | 0x80);
                number >>= 7;
            }

            _bytes[_length++] = (byte)number;
        }

        public void Reply(long sequence, in Reply reply)
        {
            Number(sequence);
            Number((long)reply.Status);
            Number(reply.Revision);
            Number(reply.CreateRevision);
            Number(reply.ModifyRevision);
            Number(reply.Version);
        }

        public void Hash(ulong hash)
        {
            Reserve(8);
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(_length), hash);
            _length += 8;
        }

        private void Reserve(int count)
        {
            if (_length + count > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
            }
        }
    }

    /// <summary>Bytes that come in chunks, read as one sequence.</summary>
    private sealed class Source(IEnumerable<ReadOnlyMemory<byte>> chunks) : IDisposable
    {
        private readonly IEnumerator<ReadOnlyMemory<byte>> _chunks = chunks.GetEnumerator();
        private ReadOnlyMemory<byte> _rest;
        private byte[] _joined = [];

        public bool IsAtEnd => _rest.IsEmpty && !MoveNext();

        public void Dispose() => _chunks.Dispose();

        /// <summary>So many bytes; valid until the next call.</summary>
        public ReadOnlySpan<byte> Bytes(int count)
        {
            if (count <= _rest.Length)
            {
                var here = _rest.Span[..count];
                _rest = _rest[count..];
                return here;
            }

            // Grown as the bytes come, so that a wrong length in damaged bytes does not claim memory that was never sent.
            var filled = 0;
            while (filled < count)
            {
                if (_rest.IsEmpty && !MoveNext())
                {
                    throw new FormatException("The snapshot is cut off.");
                }

                var part = Math.Min(count - filled, _rest.Length);
                if (filled + part > _joined.Length)
                {
                    Array.Resize(ref _joined, Math.Max(filled + part, _joined.Length * 2));
                }

                _rest.Span[..part].CopyTo(_joined.AsSpan(filled));
                _rest = _rest[part..];
                filled += part;
            }

            return _joined.AsSpan(0, count);
        }

        public long Number()
        {
            long number = 0;
            for (var shift = 0; shift < 63; shift += 7)
            {
                var next = Bytes(1)[0];
                number |= (long)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return number;
                }
            }

            throw new FormatException("A number in the snapshot is too long.");
        }

        public int Length()
        {
            var length = Number();
            return length <= Array.MaxLength ? (int)length : throw new FormatException($"The snapshot names a length of {length} bytes.");
        }

        private bool MoveNext()
        {
            while (_chunks.MoveNext())
            {
                if (!_chunks.Current.IsEmpty)
                {
                    _rest = _chunks.Current;
                    return true;
                }
            }

            return false;
        }
    }
}
