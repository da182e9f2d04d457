using RaftKv.Core.Consensus;
using RaftKv.Engine.Faults;

namespace RaftKv.Tests.Simulation;

/// <summary>Faults of the network, told to the same matrix that a chaos call changes in a running server.</summary>
internal sealed partial class Nemesis
{
    private readonly SortedDictionary<(int From, int To), LinkFault> _links = [];

    private List<NodeId> Ids => [.. _world.Servers.Where(s => !s.IsRetired).Select(s => s.Id)];

    private void Heal()
    {
        if (_links.Count > 0)
        {
            _world.Note(NodeId.None, "heals the network");
            _links.Clear();
            Matrix.Reset();
        }
    }

    private void Partition()
    {
        _links.Clear();
        var side = Ids.ToDictionary(id => id, _ => Chance.Below(2));
        _world.Totals.Add(Happening.Partition);
        Block((from, to) => side[from] != side[to]);
    }

    private void Isolate(SimServer server)
    {
        _world.Totals.Add(Happening.Partition);
        Block((from, to) => from == server.Id || to == server.Id);
    }

    private void CutOneWay()
    {
        var server = Chance.OneIn(2) ? LeaderOrAny.Id : Chance.Pick(Ids);
        var isDeaf = Chance.OneIn(2);
        var cut = Ids.Where(_ => !Chance.OneIn(3)).ToHashSet();
        _world.Totals.Add(Happening.OneWayCut);
        Block((from, to) => isDeaf ? to == server && cut.Contains(from) : from == server && cut.Contains(to));
    }

    /// <summary>Some links, or all, lose, repeat, hold back and reorder.</summary>
    private void SpoilLinks()
    {
        _world.Totals.Add(Happening.LossyLink);
        var all = Chance.OneIn(2);
        var loss = Chance.Below(4) * 0.1;
        var repeated = Chance.Below(3) * 0.15;
        var reordered = Chance.Below(3) * 0.3;
        var delay = TimeSpan.FromMilliseconds(Chance.Below(4) switch { 0 => 0, 1 => 10, 2 => 30, _ => 100 });
        Change((_, _) => all || Chance.OneIn(3), link => link with
        {
            DropRate = loss,
            DuplicateRate = repeated,
            ReorderRate = reordered,
            Delay = delay,
            Jitter = delay,
        });
    }

    /// <summary>One server's links come and go.</summary>
    private void Flap()
    {
        var server = Chance.Pick(Ids);
        var peer = Chance.Pick(Ids);
        _world.Totals.Add(Happening.FlappingLink);
        Flap(server, peer, Chance.Below(20) + 2);
    }

    private void Flap(NodeId server, NodeId peer, int left)
    {
        if (!IsActive || IsQuiet)
        {
            return;
        }

        Change(
            (from, to) => (from == server && (peer == server || to == peer)) || (to == server && (peer == server || from == peer)),
            link => link with { Blocked = left % 2 == 1 });
        if (left > 0)
        {
            _world.After(Chance.Milliseconds(30, 600), () => Flap(server, peer, left - 1));
        }
    }

    private void Block(Func<NodeId, NodeId, bool> isBlocked) => Change(isBlocked, link => link with { Blocked = true });

    private void Change(Func<NodeId, NodeId, bool> isMeant, Func<LinkFault, LinkFault> change)
    {
        foreach (var from in Ids)
        {
            foreach (var to in Ids)
            {
                if (from != to && isMeant(from, to))
                {
                    var key = (from.Value, to.Value);
                    _links[key] = change(_links.GetValueOrDefault(key) ?? new LinkFault(from, to));
                }
            }
        }

        if (_world.IsTold)
        {
            _world.Note(NodeId.None, "changes links", string.Join(' ', _links.Values.Where(l => !l.IsNone).Select(l => $"{l.From}>{l.To}{(l.Blocked ? "x" : "~")}")));
        }

        Matrix.Upload([.. _links.Values], Chance.Next());
    }
}
