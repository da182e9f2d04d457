using System.Collections.Concurrent;
using System.Reflection;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>Writes every property of a message, whatever its kind: a new kind or a new property needs nothing here.</summary>
internal static class MessageWriter
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    public static void Write(CanonicalWriter to, Message message)
    {
        var type = message.GetType();
        to.Text(type.Name);
        foreach (var property in Properties.GetOrAdd(type, static t => [.. t.GetProperties().OrderBy(p => p.Name, StringComparer.Ordinal)]))
        {
            Write(to, property.GetValue(message));
        }
    }

    private static void Write(CanonicalWriter to, object? value)
    {
        to.Flag(value is not null);
        switch (value)
        {
            case null:
                break;
            case NodeId server:
                to.Server(server);
                break;
            case Term term:
                to.Term(term);
                break;
            case LogIndex index:
                to.Index(index);
                break;
            case EntryId entry:
                to.Entry(entry);
                break;
            case bool flag:
                to.Flag(flag);
                break;
            case SnapshotMeta meta:
                to.Snapshot(meta);
                break;
            case Configuration configuration:
                to.Members(configuration);
                break;
            case string text:
                to.Text(text);
                break;
            case ReadOnlyMemory<byte> bytes:
                to.Bytes(bytes.Span);
                break;
            case IReadOnlyList<LogEntry> entries:
                to.InOrder(entries, e => DiskImage.WriteEntry(to, e));
                break;
            case ulong number:
                to.Number(unchecked((long)number));
                break;
            case IConvertible number:
                to.Number(Convert.ToInt64(number, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case TimeSpan time:
                to.Time(time);
                break;
            default:
                throw new NotSupportedException($"A message carries a {value.GetType().Name}: say how it is written.");
        }
    }
}
