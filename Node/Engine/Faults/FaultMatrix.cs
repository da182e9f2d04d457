using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Faults;

/// <summary>
/// What is broken between the servers, as one server knows it. Holds settings only; <see cref="FaultGate"/> acts on
/// them. Every member may be called from any thread; reading costs one volatile load, so that a healthy network does
/// not pay for the possibility of faults.
/// </summary>
public sealed class FaultMatrix
{
    private readonly Lock _lock = new();
    private volatile NodeId[] _servers;
    private volatile State _state;

    /// <summary>A matrix without faults.</summary>
    /// <param name="servers">The servers of the cluster, as far as this one has heard: a partition puts those it does not name into one further group.</param>
    /// <param name="seed">The coin; the same one gives the same faults for the same messages.</param>
    public FaultMatrix(IEnumerable<NodeId> servers, ulong seed = 1)
    {
        _servers = [.. servers.Distinct().Order()];
        _state = new State([], false, 0, seed, 0);
    }

    /// <summary>Rises with every change.</summary>
    public long Epoch => _state.Epoch;

    /// <summary>Whether this server neither sends nor takes anything of peers and clients.</summary>
    public bool IsMuted => _state.Muted;

    /// <summary>Rises whenever the coins of all links start again.</summary>
    internal long SeedEpoch => _state.SeedEpoch;

    internal ulong Seed => _state.Seed;

    /// <summary>
    /// Servers have joined the cluster: a partition takes them in, also those that it does not name. One that left stays
    /// known; its links lead nowhere.
    /// </summary>
    public void Include(IEnumerable<NodeId> servers)
    {
        lock (_lock)
        {
            _servers = [.. _servers.Union(servers).Order()];
        }
    }

    /// <summary>What happens to a link, or null when messages pass untouched.</summary>
    public LinkFault? Find(NodeId from, NodeId to) => _state.Links.GetValueOrDefault((from, to));

    /// <summary>Whether nothing may pass a link, no matter who asks: its sender or its receiver.</summary>
    public bool IsBlocked(NodeId from, NodeId to)
    {
        var state = _state;
        return state.Muted || (state.Links.Count > 0 && state.Links.GetValueOrDefault((from, to)) is { Blocked: true });
    }

    /// <summary>Replaces the settings of one link.</summary>
    /// <returns>The new epoch.</returns>
    /// <exception cref="ArgumentException">The settings have faults; the message lists all.</exception>
    public long Set(LinkFault fault)
    {
        Check([fault]);
        return Change(state => state with { Links = With(state.Links, fault) });
    }

    /// <summary>Replaces the whole matrix, and starts the coins again.</summary>
    /// <returns>The new epoch.</returns>
    /// <exception cref="ArgumentException">The settings have faults; the message lists all.</exception>
    public long Upload(IReadOnlyList<LinkFault> links, ulong seed)
    {
        Check(links);
        return Change(state =>
        {
            var map = new Dictionary<(NodeId, NodeId), LinkFault>();
            foreach (var link in links.Where(l => !l.IsNone))
            {
                map[(link.From, link.To)] = link;
            }

            return state with { Links = map, Seed = seed, SeedEpoch = state.SeedEpoch + 1 };
        });
    }

    /// <summary>
    /// Blocks every link between groups and opens every link inside one; other settings of the links stay. Servers that
    /// are not named form one further group. Servers may be named that this one has not heard of: they may be joining.
    /// </summary>
    /// <returns>The new epoch.</returns>
    /// <exception cref="ArgumentException">A server is named twice, or by a number that is no id; nothing changed.</exception>
    public long Partition(IReadOnlyList<IReadOnlyList<NodeId>> groups)
    {
        var groupOf = new Dictionary<NodeId, int>();
        for (var g = 0; g < groups.Count; g++)
        {
            foreach (var server in groups[g])
            {
                if (server.Value < 1)
                {
                    throw new ArgumentException($"The partition names {server.Value}, which is no server's id.", nameof(groups));
                }

                if (!groupOf.TryAdd(server, g))
                {
                    throw new ArgumentException($"The partition names {server} twice.", nameof(groups));
                }
            }
        }

        Include(groupOf.Keys);
        return Change(state =>
        {
            var links = new Dictionary<(NodeId From, NodeId To), LinkFault>(state.Links);
            foreach (var from in _servers)
            {
                foreach (var to in _servers.Where(s => s != from))
                {
                    var blocked = groupOf.GetValueOrDefault(from, -1) != groupOf.GetValueOrDefault(to, -1);
                    var link = links.GetValueOrDefault((from, to)) ?? new LinkFault(from, to);
                    Put(links, link with { Blocked = blocked });
                }
            }

            return state with { Links = links };
        });
    }

    /// <summary>Makes this server mute, or lets it speak again: to its peers and clients it looks killed.</summary>
    /// <returns>The new epoch.</returns>
    public long Mute(bool muted) => Change(state => state with { Muted = muted });

    /// <summary>Takes all faults away, muting included.</summary>
    /// <returns>The new epoch.</returns>
    public long Reset() => Change(state => state with { Links = [], Muted = false });

    /// <summary>The whole matrix.</summary>
    public FaultSnapshot Snapshot()
    {
        var state = _state;
        return new FaultSnapshot(
            [.. state.Links.Values.OrderBy(l => l.From).ThenBy(l => l.To)], state.Muted, state.Epoch, state.Seed);
    }

    private static Dictionary<(NodeId From, NodeId To), LinkFault> With(
        Dictionary<(NodeId From, NodeId To), LinkFault> links, LinkFault fault)
    {
        var copy = new Dictionary<(NodeId From, NodeId To), LinkFault>(links);
        Put(copy, fault);
        return copy;
    }

    private static void Put(Dictionary<(NodeId From, NodeId To), LinkFault> links, LinkFault fault)
    {
        if (fault.IsNone)
        {
            links.Remove((fault.From, fault.To));
        }
        else
        {
            links[(fault.From, fault.To)] = fault;
        }
    }

    private static void Check(IReadOnlyList<LinkFault> links)
    {
        var faults = links.SelectMany(l => l.Validate()).ToList();
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(" ", faults), nameof(links));
        }
    }

    private long Change(Func<State, State> change)
    {
        lock (_lock)
        {
            var next = change(_state);
            _state = next with { Epoch = _state.Epoch + 1 };
            return _state.Epoch;
        }
    }

    /// <summary>Never changed once published, so that readers need no lock.</summary>
    private sealed record State(
        Dictionary<(NodeId From, NodeId To), LinkFault> Links, bool Muted, long Epoch, ulong Seed, long SeedEpoch);
}
