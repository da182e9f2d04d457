using System.Runtime.CompilerServices;
using System.Text;
using RaftKv.Node.Observability;

namespace RaftKv.Node.Agent;

/// <summary>Reads a text log that its server is writing: the last lines, and new ones as they come.</summary>
internal static class TextLog
{
    private const int BlockBytes = 64 * 1024;

    /// <summary>As much as the time takes with which each line begins.</summary>
    private const int BeginningBytes = 27;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The last lines; empty when there is no log.</summary>
    public static IReadOnlyList<string> Tail(string path, int count)
    {
        var lines = TailOf(path, count);
        return lines.Count >= count ? lines : [.. TailOf(TextLogFile.PreviousOf(path), count - lines.Count), .. lines];
    }

    /// <summary>Whether there is a log, or the one before it: between the two it begins again.</summary>
    public static bool Exists(string path) => File.Exists(path) || File.Exists(TextLogFile.PreviousOf(path));

    private static List<string> TailOf(string path, int count)
    {
        try
        {
            using var file = Open(path);
            file.Position = StartOfTail(file, count, out _);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd('\r')).ToList();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The last lines (all for a negative count), then, when following, each new one once its end is written.</summary>
    public static async IAsyncEnumerable<string> ReadAsync(
        string path,
        int count,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (follow)
        {
            await AppearAsync(path, cancellationToken);
        }
        else if (!File.Exists(path))
        {
            if (!File.Exists(path = TextLogFile.PreviousOf(path)))
            {
                yield break;
            }
        }

        var partial = new StringBuilder();
        var text = new char[BlockBytes];
        for (var file = OpenTail(path, count); file is not null;)
        {
            FileStream? next;
            await using (file)
            {
                var reader = new BlockReader(file);
                Block block;
                do
                {
                    // Looked up before the end is read: what a file gets, it gets before another one takes its name.
                    next = NextAfter(path, file);
                    while ((block = await reader.ReadAsync(text, cancellationToken)).Bytes > 0)
                    {
                        if (block.BeginsAgain)
                        {
                            partial.Clear();
                        }

                        foreach (var line in Lines(partial, text.AsMemory(0, block.Chars)))
                        {
                            yield return line;
                        }
                    }

                    if (next is null && follow)
                    {
                        await Task.Delay(PollInterval, cancellationToken);
                    }
                }
                while (next is null && follow);
            }

            file = next;
        }

        if (partial.Length > 0)
        {
            yield return partial.ToString();
        }
    }

    /// <summary>The file in which the last lines begin: that of the log, or the one before where they go back so far.</summary>
    private static FileStream OpenTail(string path, int count)
    {
        var file = Open(path);
        file.Position = StartOfTail(file, count, out var found);
        if (file.Position > 0 || (count >= 0 && found >= count) || TryOpen(TextLogFile.PreviousOf(path)) is not { } before)
        {
            return file;
        }

        file.Dispose();
        before.Position = StartOfTail(before, count < 0 ? count : count - found, out _);
        return before;
    }

    /// <summary>
    /// The file to go on with after this one, or null while this one has the log's name. Files are told apart by how they
    /// begin, with a time in microseconds: not every system keeps an identity of files.
    /// </summary>
    private static FileStream? NextAfter(string path, FileStream file)
    {
        var beginning = BeginningOf(file);
        if (beginning.Length < BeginningBytes || TryOpen(path) is not { } current)
        {
            return null;
        }

        if (BeginningOf(current) is var now && (now.Length == 0 || now == beginning))
        {
            current.Dispose();
            return null;
        }

        // Where neither is this one, the log has begun again more than once since: on with the oldest that is left.
        if (TryOpen(TextLogFile.PreviousOf(path)) is { } before)
        {
            if (BeginningOf(before) != beginning)
            {
                current.Dispose();
                return before;
            }

            before.Dispose();
        }

        return current;
    }

    private static string BeginningOf(FileStream file)
    {
        Span<byte> beginning = stackalloc byte[BeginningBytes];
        return Encoding.Latin1.GetString(beginning[..RandomAccess.Read(file.SafeFileHandle, beginning, 0)]);
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static async Task AppearAsync(string path, CancellationToken cancellationToken)
    {
        while (!File.Exists(path))
        {
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    /// <summary>Where the last lines begin, found from the end backwards: logs may be long, tails are short.</summary>
    private static long StartOfTail(FileStream file, int count, out int lines)
    {
        var end = file.Length;
        lines = 0;
        if (count <= 0)
        {
            return count < 0 ? 0 : end;
        }

        var block = new byte[BlockBytes];
        var position = end;
        while (position > 0)
        {
            var size = (int)Math.Min(BlockBytes, position);
            position -= size;
            file.Position = position;
            file.ReadExactly(block, 0, size);
            for (var i = size - 1; i >= 0; i--)
            {
                // The very last byte ends the last line; it does not stand before another.
                if (block[i] == (byte)'\n' && position + i + 1 < end && ++lines == count)
                {
                    return position + i + 1;
                }
            }
        }

        lines += end > 0 ? 1 : 0;
        return 0;
    }

    private static List<string> Lines(StringBuilder partial, ReadOnlyMemory<char> text)
    {
        var lines = new List<string>();
        while (text.Span.IndexOf('\n') is var end and >= 0)
        {
            partial.Append(text.Span[..end]);
            lines.Add(partial.ToString().TrimEnd('\r'));
            partial.Clear();
            text = text[(end + 1)..];
        }

        partial.Append(text.Span);
        return lines;
    }

    /// <summary>What was read at once.</summary>
    /// <param name="Bytes">How many bytes; 0 at the end of the file.</param>
    /// <param name="Chars">How many characters they made.</param>
    /// <param name="BeginsAgain">Whether they are the file's first, because what was read before is no longer there.</param>
    private readonly record struct Block(int Bytes, int Chars, bool BeginsAgain);

    /// <summary>
    /// Reads a file on and on. Tools that rotate logs copy them and cut them in place: a file that is shorter than what was
    /// read of it, or begins otherwise now, is read from its beginning, because all that is there is new.
    /// </summary>
    private sealed class BlockReader(FileStream file)
    {
        private readonly byte[] _bytes = new byte[BlockBytes];
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        private string _beginning = BeginningOf(file);
        private bool _beginsAgain;

        public async Task<Block> ReadAsync(char[] text, CancellationToken cancellationToken)
        {
            var beginning = BeginningOf(file);
            if (file.Length < file.Position || !beginning.StartsWith(_beginning, StringComparison.Ordinal))
            {
                file.Position = 0;
                _decoder.Reset();
                _beginsAgain = true;
            }

            _beginning = beginning;
            var read = await file.ReadAsync(_bytes, cancellationToken);
            var block = new Block(read, _decoder.GetChars(_bytes, 0, read, text, 0), _beginsAgain);
            _beginsAgain &= read == 0;
            return block;
        }
    }
}
