using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Host;

/// <summary>One message of each kind, every field with a value of its own, so that a mixed-up pair of fields shows.</summary>
internal static class MessageSamples
{
    public static NodeId From { get; } = new(3);

    public static NodeId To { get; } = new(7);

    public static IReadOnlyList<Type> Kinds { get; } =
        [.. typeof(Message).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Message)) && !t.IsAbstract)];

    /// <summary>Fills a message of any kind by its constructor's parameters.</summary>
    public static Message Make(Type kind)
    {
        var number = 100L;
        var constructor = kind.GetConstructors().Single();
        return (Message)constructor.Invoke([.. constructor.GetParameters().Select(p => Value(p.Name!, p.ParameterType, ref number))]);
    }

    public static AppendRequest Append(EntryId previous, params int[] payloadBytes) => new(
        From, To, new Term(9), previous,
        [.. payloadBytes.Select((size, i) => new LogEntry(
            new EntryId(new Term(previous.Term.Value + (i / 2)), previous.Index + (i + 1)),
            i % 3 == 0 ? EntryKind.NoOp : EntryKind.Command,
            Bytes(size, i)))],
        new LogIndex(4));

    public static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Equality in depth: records compare lists and memories by reference.</summary>
    public static void AssertEqual(Message expected, Message? actual)
    {
        Assert.NotNull(actual);
        if (expected is SnapshotChunk chunk)
        {
            var received = Assert.IsType<SnapshotChunk>(actual);
            Assert.Equal(chunk.Data.ToArray(), received.Data.ToArray());
            Assert.Equal(chunk, received with { Data = chunk.Data });
            return;
        }

        if (expected is not AppendRequest append)
        {
            Assert.Equal(expected, actual);
            return;
        }

        var other = Assert.IsType<AppendRequest>(actual);
        Assert.Equal(append with { Entries = [] }, other with { Entries = append with { Entries = [] } is { } e ? e.Entries : [] });
        Assert.Equal(append.Entries.Select(Flat), other.Entries.Select(Flat));
    }

    private static (EntryId Id, EntryKind Kind, string Payload) Flat(LogEntry entry) =>
        (entry.Id, entry.Kind, Convert.ToHexString(entry.Payload.Span));

    private static object Value(string name, Type type, ref long number)
    {
        number++;
        return type switch
        {
            _ when type == typeof(NodeId) => name == nameof(From) ? From : To,
            _ when type == typeof(Term) => new Term(number),
            _ when type == typeof(LogIndex) => new LogIndex(number),
            _ when type == typeof(EntryId) => new EntryId(new Term(number), new LogIndex(++number)),
            _ when type == typeof(long) && name == nameof(SnapshotChunk.TotalBytes) => number * 1000,
            _ when type == typeof(ReadOnlyMemory<byte>) => new ReadOnlyMemory<byte>(Bytes(77, 5)),
            _ when type == typeof(SnapshotMeta) => new SnapshotMeta(
                new EntryId(new Term(number), new LogIndex(++number)), new LogIndex(++number),
                new Configuration([new Member(new NodeId(2), "a:1", true, 0xFEDCBA9876543210), new Member(new NodeId(9), "b:2", false)], new NodeId(11))),
            _ when type == typeof(Configuration) => new Configuration([new Member(new NodeId(4), "c:3", true, 0x123456789ABCDEF0)], new NodeId(6)),
            _ when type == typeof(TimeSpan) => TimeSpan.FromTicks(number),
            _ when type == typeof(long) => number,
            _ when type == typeof(bool) => true,
            _ when type == typeof(IReadOnlyList<LogEntry>) =>
                new[] { new LogEntry(new EntryId(new Term(5), new LogIndex(number)), EntryKind.Command, new byte[] { 1, 2, 3 }) },
            _ => throw new NotSupportedException($"No sample for {type} {name}: say here how to make one."),
        };
    }
}
