using System.Buffers.Binary;
using System.Text;

namespace RaftKv.Core.Consensus;

/// <summary>
/// Takes down a state of the core so that two states that behave alike give the same bytes, and two that do not give
/// different ones: times count from one given moment, sets are in order, and servers can be given other names.
/// Searches through the states of a cluster rest on it; nothing is ever read back from it. Not used while serving.
/// </summary>
/// <param name="now">The moment from which all times count: not before the last input.</param>
/// <param name="horizon">
/// Ages beyond it are all the same: longer than any time with which the core compares an age. The default keeps every age.
/// </param>
/// <param name="names">The new name of each server by its old one; null when all keep theirs.</param>
internal sealed class CanonicalWriter(Instant now, TimeSpan? horizon = null, IReadOnlyList<NodeId>? names = null)
{
    private readonly long _oldest = horizon is { } h ? -(h.Ticks / TimeSpan.TicksPerMicrosecond) - 1 : long.MinValue / 2;
    private byte[] _bytes = new byte[1024];
    private int _count;

    /// <summary>What was written since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

    /// <summary>Begins another state.</summary>
    public void Clear() => _count = 0;

    /// <summary>A number, or whatever is told by one.</summary>
    public void Number(long value)
    {
        if (_count + sizeof(long) > _bytes.Length)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(_count), value);
        _count += sizeof(long);
    }

    /// <summary>Yes or no.</summary>
    public void Flag(bool value) => Number(value ? 1 : 0);

    /// <summary>A term.</summary>
    public void Term(Term term) => Number(term.Value);

    /// <summary>A position.</summary>
    public void Index(LogIndex index) => Number(index.Value);

    /// <summary>An entry's name.</summary>
    public void Entry(EntryId entry)
    {
        Term(entry.Term);
        Index(entry.Index);
    }

    /// <summary>A server, by the name that it has in this writer.</summary>
    public void Server(NodeId server) => Number(NameOf(server));

    /// <summary>A set of servers.</summary>
    public void Servers(IReadOnlyCollection<NodeId> servers)
    {
        Number(servers.Count);
        foreach (var name in servers.Select(NameOf).Order())
        {
            Number(name);
        }
    }

    /// <summary>Things that belong to servers, in the order of the names that these have here.</summary>
    public void ByServer<T>(IReadOnlyCollection<T> things, Func<T, NodeId> of, Action<T> write)
    {
        Number(things.Count);
        foreach (var thing in things.OrderBy(t => NameOf(of(t))))
        {
            write(thing);
        }
    }

    /// <summary>Things whose order means something.</summary>
    public void InOrder<T>(IReadOnlyCollection<T> things, Action<T> write)
    {
        Number(things.Count);
        foreach (var thing in things)
        {
            write(thing);
        }
    }

    /// <summary>When something happened. Only how long ago that is means anything, up to the horizon.</summary>
    public void Moment(Instant moment) =>
        Number(moment == Instant.Never ? long.MaxValue : Math.Max(moment.Microseconds - now.Microseconds, _oldest));

    /// <summary>When something is due. What is due is due, however long it has been.</summary>
    public void Deadline(Instant deadline) =>
        Number(deadline == Instant.Never ? long.MaxValue : Math.Max(deadline.Microseconds - now.Microseconds, 0));

    /// <summary>A duration.</summary>
    public void Time(TimeSpan time) => Number(time.Ticks);

    /// <summary>Bytes, of whatever length.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number(bytes.Length);
        Span<byte> word = stackalloc byte[sizeof(long)];
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(bytes.Length, sizeof(long))..])
        {
            word.Clear();
            bytes[..Math.Min(bytes.Length, sizeof(long))].CopyTo(word);
            Number(BinaryPrimitives.ReadInt64LittleEndian(word));
        }
    }

    /// <summary>A text.</summary>
    public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Who belongs to a cluster.</summary>
    public void Members(Configuration configuration)
    {
        Number(configuration.HighestId.Value);
        ByServer(configuration.Members, m => m.Id, m =>
        {
            Server(m.Id);
            Flag(m.IsVoter);
            Text(m.Address);
            Number(unchecked((long)m.Incarnation));
        });
    }

    /// <summary>A configuration and its place.</summary>
    public void Placed(PlacedConfiguration placed)
    {
        Index(placed.Index);
        Members(placed.Configuration);
    }

    /// <summary>What a snapshot stands for, or that there is none.</summary>
    public void Snapshot(SnapshotMeta? snapshot)
    {
        Flag(snapshot is not null);
        if (snapshot is not null)
        {
            Entry(snapshot.Last);
            Placed(new PlacedConfiguration(snapshot.ConfigurationIndex, snapshot.Configuration));
        }
    }

    private long NameOf(NodeId server) =>
        names is null || server.Value >= names.Count ? server.Value : names[server.Value].Value;
}
