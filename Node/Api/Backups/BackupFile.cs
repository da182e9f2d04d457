using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text.Json;

namespace RaftKv.Api.Backups;

/// <summary>
/// One portable file with the state of a cluster. All numbers are little endian.
/// <code>
///    0   8  magic "RAFTKVBK"
///    8   4  version of the format: 1
///   12   4  length in bytes of the head
///   16      head: a <see cref="BackupInfo"/> as JSON, UTF-8
///           state: a snapshot, in the servers' own format of those
///  -16  16  XXH128 of everything before
/// </code>
/// It has its name only once it is whole and on the disk. A file that is damaged or cut is refused before anything is made
/// of it.
/// </summary>
public static class BackupFile
{
    private const int Version = 1;
    private const int FixedBytes = 16;
    private const int ChecksumBytes = 16;
    private const int MaxHeadBytes = 1024 * 1024;
    private const int BufferBytes = 256 * 1024;

    private static ReadOnlySpan<byte> Magic => "RAFTKVBK"u8;

    /// <summary>Writes a backup.</summary>
    /// <param name="path">The file. One that exists is left alone unless told otherwise, and replaced only by a whole one; of a link, the file that it leads to.</param>
    /// <param name="replace">Whether a file that exists may be replaced.</param>
    /// <param name="info">What it says of itself.</param>
    /// <param name="state">The bytes of the snapshot, in pieces that are each valid until the next.</param>
    /// <param name="cancellationToken">Ends it; no file is left then.</param>
    /// <exception cref="IOException">The file exists already, or cannot be written.</exception>
    public static async Task<BackupInfo> WriteAsync(
        string path, bool replace, BackupInfo info, IAsyncEnumerable<ReadOnlyMemory<byte>> state, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(state);
        RequireFree(path, replace);
        using var file = OutputFile.Create(path, replace);
        var hash = new XxHash128();
        await PutAsync(HeadOf(info));
        await foreach (var piece in state.WithCancellation(cancellationToken))
        {
            await PutAsync(piece);
        }

        await file.Stream.WriteAsync(hash.GetCurrentHash(), cancellationToken);
        var length = file.Stream.Length;
        file.Complete();
        return info with { Path = file.Path, Length = length };

        async Task PutAsync(ReadOnlyMemory<byte> bytes)
        {
            hash.Append(bytes.Span);
            await file.Stream.WriteAsync(bytes, cancellationToken);
        }
    }

    /// <summary>Refuses what no backup can be written to, before any work is done for it.</summary>
    /// <exception cref="IOException">It is a directory, a device or a pipe, or it exists and may not be replaced.</exception>
    public static void RequireFree(string path, bool replace)
    {
        OutputFile.RequireFree(path, replace);
        OutputFile.RequireFileOrNothing(path);
    }

    /// <summary>Reads what a backup says of itself, after a look at every byte of it.</summary>
    /// <exception cref="RaftKvException">BackupInvalid: it is none, damaged, cut, or of a version that this program does not know.</exception>
    public static BackupInfo Read(string path)
    {
        try
        {
            using var file = OpenRead(path);
            var info = ReadHead(file);
            RequireChecksum(file);
            return info with { Path = Path.GetFullPath(path), Length = file.Length };
        }
        catch (Exception e) when (e is FormatException or JsonException or EndOfStreamException)
        {
            // What a damaged head holds instead of JSON is not for a terminal.
            var why = e is JsonException ? "its head is damaged, or of a newer version" : e.Message;
            throw new RaftKvException(ErrorKind.BackupInvalid, $"'{path}' cannot be used as a backup: {why}. Nothing was made of it.", e);
        }
        catch (UnauthorizedAccessException e) when (Directory.Exists(path))
        {
            throw new RaftKvException(ErrorKind.BackupInvalid, $"'{path}' is a directory: name the file of a backup.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RaftKvException(ErrorKind.BackupInvalid, $"The backup '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The bytes of the snapshot in a backup that <see cref="Read"/> has looked at; each piece is valid until the next.</summary>
    /// <exception cref="RaftKvException">BackupInvalid: it is none any more.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadStateAsync(
        string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var file = OpenRead(path);
        ReadHead(file);
        var buffer = new byte[BufferBytes];
        for (var left = file.Length - ChecksumBytes - file.Position; left > 0;)
        {
            var count = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
            if (count == 0)
            {
                throw new RaftKvException(ErrorKind.BackupInvalid, $"The backup '{path}' became shorter while it was read.");
            }

            left -= count;
            yield return buffer.AsMemory(0, count);
        }
    }

    private static FileStream OpenRead(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);

    private static byte[] HeadOf(BackupInfo info)
    {
        var json = System.Text.Encoding.UTF8.GetBytes(BackupJson.Write(info));
        var head = new byte[FixedBytes + json.Length];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), json.Length);
        json.CopyTo(head, FixedBytes);
        return head;
    }

    private static BackupInfo ReadHead(FileStream file)
    {
        var head = new byte[FixedBytes];
        if (file.ReadAtLeast(head, FixedBytes, throwOnEndOfStream: false) < FixedBytes || !head.AsSpan(0, 8).SequenceEqual(Magic))
        {
            throw new FormatException("it does not begin as a backup");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(8));
        if (version != Version)
        {
            throw new FormatException($"it has format {version}, and this program reads format {Version}");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(12));
        if (length is <= 0 or > MaxHeadBytes || length > file.Length - FixedBytes - ChecksumBytes)
        {
            throw new FormatException("it is cut off, or its head is damaged");
        }

        var json = new byte[length];
        file.ReadExactly(json);
        return BackupJson.ReadInfo(System.Text.Encoding.UTF8.GetString(json));
    }

    private static void RequireChecksum(FileStream file)
    {
        file.Position = 0;
        var hash = new XxHash128();
        var buffer = new byte[BufferBytes];
        for (var left = file.Length - ChecksumBytes; left > 0;)
        {
            var count = file.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, left)));
            if (count == 0)
            {
                throw new FormatException("it became shorter while it was read");
            }

            hash.Append(buffer.AsSpan(0, count));
            left -= count;
        }

        var checksum = new byte[ChecksumBytes];
        file.ReadExactly(checksum);
        if (!hash.GetCurrentHash().AsSpan().SequenceEqual(checksum))
        {
            throw new FormatException("it does not match its checksum, so it is damaged or cut off");
        }
    }
}
