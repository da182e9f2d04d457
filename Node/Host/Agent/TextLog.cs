using System.Runtime.CompilerServices;
using System.Text;

namespace RaftKv.Node.Agent;

/// <summary>Reads a text log that its server is writing: the last lines, and new ones as they come.</summary>
internal static class TextLog
{
    private const int BlockBytes = 64 * 1024;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The last lines; empty when there is no log.</summary>
    public static IReadOnlyList<string> Tail(string path, int count)
    {
        try
        {
            using var file = Open(path);
            file.Position = StartOfTail(file, count);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd('\r')).ToList();
        }
        catch (IOException)
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
            yield break;
        }

        await using var file = Open(path);
        file.Position = StartOfTail(file, count);
        var partial = new StringBuilder();
        var bytes = new byte[BlockBytes];
        var text = new char[BlockBytes];
        var decoder = Encoding.UTF8.GetDecoder();
        while (true)
        {
            var read = await file.ReadAsync(bytes, cancellationToken);
            if (read > 0)
            {
                var length = decoder.GetChars(bytes, 0, read, text, 0);
                foreach (var line in Lines(partial, text.AsMemory(0, length)))
                {
                    yield return line;
                }
            }
            else if (!follow)
            {
                break;
            }
            else
            {
                await Task.Delay(PollInterval, cancellationToken);
            }
        }

        if (partial.Length > 0)
        {
            yield return partial.ToString();
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
    private static long StartOfTail(FileStream file, int count)
    {
        var end = file.Length;
        if (count <= 0)
        {
            return count < 0 ? 0 : end;
        }

        var block = new byte[BlockBytes];
        var position = end;
        var found = 0;
        while (position > 0)
        {
            var size = (int)Math.Min(BlockBytes, position);
            position -= size;
            file.Position = position;
            file.ReadExactly(block, 0, size);
            for (var i = size - 1; i >= 0; i--)
            {
                // The very last byte ends the last line; it does not stand before another.
                if (block[i] == (byte)'\n' && position + i + 1 < end && ++found == count)
                {
                    return position + i + 1;
                }
            }
        }

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
}
