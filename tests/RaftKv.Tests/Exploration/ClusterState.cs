using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// A whole cluster: the servers' states and the messages under way by their numbers, what was used of the bounds, and
/// what the judge remembers of the past. Filled again and again; packed it is some hundred bytes.
/// </summary>
internal sealed class ClusterState
{
    public const int MaxEntries = 16;
    public const int MaxTerm = 7;
    public const int MaxReads = 8;
    public const int MaxMessages = 512;
    private static readonly int Budgets = Enum.GetValues<Budget>().Length;

    private readonly byte[] _small;
    private readonly int[] _values = new int[MaxEntries];

    public ClusterState(Bounds bounds)
    {
        Servers = new int[bounds.Servers];
        _small = new byte[Budgets + MaxTerm + 1 + (2 * MaxReads) + 4 + (2 * MaxEntries)];
    }

    /// <summary>The state of each server.</summary>
    public int[] Servers { get; }

    /// <summary>The messages under way, by rising number.</summary>
    public int[] Messages { get; } = new int[MaxMessages];

    public int MessageCount { get; set; }

    /// <summary>How often each thing happened.</summary>
    public Span<byte> Used => _small.AsSpan(0, Budgets);

    /// <summary>Who led each term, counted from 1; 0 for none yet.</summary>
    public Span<byte> Leaders => _small.AsSpan(Budgets, MaxTerm + 1);

    /// <summary>Where each waiting read is, counted from 1; 0 for none.</summary>
    public Span<byte> ReadServers => _small.AsSpan(Budgets + MaxTerm + 1, MaxReads);

    /// <summary>What each waiting read must see.</summary>
    public Span<byte> ReadNeeds => _small.AsSpan(Budgets + MaxTerm + 1 + MaxReads, MaxReads);

    /// <summary>The last entry whose proposal was answered.</summary>
    public ref byte Acknowledged => ref _small[Budgets + MaxTerm + 1 + (2 * MaxReads)];

    /// <summary>The last entry that a read has shown.</summary>
    public ref byte Shown => ref _small[Budgets + MaxTerm + 2 + (2 * MaxReads)];

    /// <summary>Proposals that were certainly not appended, as bits.</summary>
    public ref byte Refused => ref _small[Budgets + MaxTerm + 3 + (2 * MaxReads)];

    /// <summary>How many entries are committed.</summary>
    public ref byte Committed => ref _small[Budgets + MaxTerm + 4 + (2 * MaxReads)];

    /// <summary>The term of each committed entry, from index 1.</summary>
    public Span<byte> EntryTerms => _small.AsSpan(Budgets + MaxTerm + 5 + (2 * MaxReads), MaxEntries);

    /// <summary>The term in which it was committed.</summary>
    public Span<byte> CommitTerms => _small.AsSpan(Budgets + MaxTerm + 5 + (2 * MaxReads) + MaxEntries, MaxEntries);

    /// <summary>Its content.</summary>
    public int[] Values => _values;

    public void CopyTo(ClusterState other)
    {
        Servers.CopyTo(other.Servers, 0);
        Messages.AsSpan(0, MessageCount).CopyTo(other.Messages);
        other.MessageCount = MessageCount;
        _small.CopyTo(other._small, 0);
        _values.CopyTo(other._values, 0);
    }

    /// <summary>Adds a message, unless the very same one is under way: a second copy is a repetition, which is bounded.</summary>
    public void Add(int message)
    {
        var at = Messages.AsSpan(0, MessageCount).BinarySearch(message);
        if (at >= 0)
        {
            return;
        }

        if (MessageCount == MaxMessages)
        {
            throw new InvalidOperationException($"{MaxMessages} messages are under way: choose smaller bounds.");
        }

        at = ~at;
        Messages.AsSpan(at, MessageCount - at).CopyTo(Messages.AsSpan(at + 1));
        Messages[at] = message;
        MessageCount++;
    }

    public void Remove(int message)
    {
        var at = Messages.AsSpan(0, MessageCount).BinarySearch(message);
        Messages.AsSpan(at + 1, MessageCount - at - 1).CopyTo(Messages.AsSpan(at));
        MessageCount--;
    }

    /// <summary>Packs it; returns the length.</summary>
    public int Pack(Span<byte> into)
    {
        var at = 0;
        MemoryMarshal.AsBytes(Servers.AsSpan()).CopyTo(into);
        at += Servers.Length * sizeof(int);
        var fixedBytes = _small.Length - (2 * MaxEntries);
        _small.AsSpan(0, fixedBytes).CopyTo(into[at..]);
        at += fixedBytes;
        for (var i = 0; i < Committed; i++)
        {
            into[at++] = EntryTerms[i];
            into[at++] = CommitTerms[i];
            BinaryPrimitives.WriteInt32LittleEndian(into[at..], _values[i]);
            at += sizeof(int);
        }

        MemoryMarshal.AsBytes(Messages.AsSpan(0, MessageCount)).CopyTo(into[at..]);
        return at + (MessageCount * sizeof(int));
    }

    public void Unpack(ReadOnlySpan<byte> from)
    {
        from[..(Servers.Length * sizeof(int))].CopyTo(MemoryMarshal.AsBytes(Servers.AsSpan()));
        from = from[(Servers.Length * sizeof(int))..];
        var fixedBytes = _small.Length - (2 * MaxEntries);
        from[..fixedBytes].CopyTo(_small);
        from = from[fixedBytes..];
        EntryTerms.Clear();
        CommitTerms.Clear();
        Array.Clear(_values);
        for (var i = 0; i < Committed; i++)
        {
            EntryTerms[i] = from[0];
            CommitTerms[i] = from[1];
            _values[i] = BinaryPrimitives.ReadInt32LittleEndian(from[2..]);
            from = from[(2 + sizeof(int))..];
        }

        MessageCount = from.Length / sizeof(int);
        from.CopyTo(MemoryMarshal.AsBytes(Messages.AsSpan()));
    }

    /// <summary>
    /// A fingerprint in which it does not matter which server has which name: the least of those under all ways to name them.
    /// </summary>
    public UInt128 Fingerprint(Interned interned, Names names, Span<byte> scratch)
    {
        var least = UInt128.MaxValue;
        for (var way = 0; way < names.Count; way++)
        {
            var place = names.Ways[way];
            var hashes = MemoryMarshal.Cast<byte, UInt128>(scratch);
            for (var i = 0; i < Servers.Length; i++)
            {
                hashes[place[i]] = interned.Server(Servers[i]).Hashes[way];
            }

            var messages = UInt128.Zero;
            for (var i = 0; i < MessageCount; i++)
            {
                messages += interned.Message(Messages[i]).Hashes[way];
            }

            hashes[Servers.Length] = messages;
            var small = scratch.Slice((Servers.Length + 1) * 16, _small.Length + (MaxEntries * sizeof(int)));
            _small.CopyTo(small);
            MemoryMarshal.AsBytes(_values.AsSpan()).CopyTo(small[_small.Length..]);
            Rename(small.Slice(Budgets, MaxTerm + 1), place);
            Rename(small.Slice(Budgets + MaxTerm + 1, MaxReads), place);
            var hash = XxHash128.HashToUInt128(scratch[..(((Servers.Length + 1) * 16) + small.Length)]);
            least = hash < least ? hash : least;
        }

        return least;
    }

    private static void Rename(Span<byte> servers, int[] place)
    {
        foreach (ref var server in servers)
        {
            server = server == 0 ? (byte)0 : (byte)(place[server - 1] + 1);
        }
    }
}
