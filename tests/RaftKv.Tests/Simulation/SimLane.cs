using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Evaluation.Checking;

namespace RaftKv.Tests.Simulation;

/// <summary>One operation after the other, each chosen by chance, sent, retried and judged.</summary>
internal sealed partial class SimLane(World world, SimClient client, int process, bool isFirst)
{
    private static readonly string Padding = new('x', 1000);

    private readonly Dictionary<string, (string Value, long Version)> _known = [];
    private long _attempt;
    private int _valueCount;
    private NodeId _staleServer;
    private long _staleEpoch;
    private LogIndex _staleApplied;

    private ClientHistory History => world.Judge.Clients;

    /// <summary>Begins the next operation.</summary>
    public void Next()
    {
        if (client.IsStopped)
        {
            return;
        }

        if (world.Plan.SessionsExpire && world.Nemesis.IsActive && Tires())
        {
            return;
        }

        if (client.HasSession && client.Session == 0)
        {
            OpenSession();
            return;
        }

        switch (client.OwesWrite ? 0 : world.Chance.Below(100))
        {
            case < 32:
                Put();
                break;
            case < 50:
                CompareAndSet(world.Chance.OneIn(3));
                break;
            case < 57:
                Delete();
                break;
            case < 78:
                Get(ReadConsistency.Linearizable);
                break;
            case < 90:
                Get(ReadConsistency.Lease);
                break;
            case < 95:
                GetStale();
                break;
            default:
                GetRange();
                break;
        }
    }

    /// <summary>Now and then a client starts again, or rests for so long that its session may be forgotten for another's.</summary>
    private bool Tires()
    {
        switch (world.Chance.Below(60))
        {
            case 0:
                client.Opened(0);
                return false;
            case 1:
                var rest = world.Chance.Milliseconds(2000, 12_000);
                world.After(rest < world.UntilCalm ? rest : world.UntilCalm, Next);
                return true;
            default:
                return false;
        }
    }

    private void OpenSession()
    {
        if (!isFirst)
        {
            world.After(TimeSpan.FromMilliseconds(50), Next);
            return;
        }

        Write(new Command { Kind = CommandKind.OpenSession, MaxSessions = world.Plan.MaxSessions }, -1, (_, reply) => client.Opened(reply.Revision));
    }

    private void Put()
    {
        var key = History.PickKey(world.Chance);
        var (name, value) = NewValue();
        var command = client.Stamp(new Command { Kind = CommandKind.Put, Key = Encoding.ASCII.GetBytes(key), Value = value });
        var operation = History.Begin(process, HistoryOperationKind.Put, key, name);
        var judge = world.Judge.BeginWrite(key);
        Write(command, operation, (sent, reply) =>
        {
            judge(sent, reply);
            _known[key] = (name, reply.Version);
            History.End(operation, version: reply.Version, applied: true);
        });
    }

    private void CompareAndSet(bool byValue)
    {
        var key = History.PickKey(world.Chance);
        var (name, value) = NewValue();
        var known = _known.GetValueOrDefault(key);
        var knownValue = string.IsNullOrEmpty(known.Value) ? null : known.Value;
        var condition = byValue && knownValue is not null
            ? new Condition(ConditionKind.Value, 0, ValueOf(knownValue))
            : new Condition(ConditionKind.Version, world.Chance.OneIn(3) ? world.Chance.Below(6) : known.Version, default);
        var command = client.Stamp(new Command { Kind = CommandKind.Put, Key = Encoding.ASCII.GetBytes(key), Value = value, Condition = condition });
        var operation = condition.Kind == ConditionKind.Value
            ? History.Begin(process, HistoryOperationKind.CompareAndSet, key, name, expectedValue: knownValue)
            : History.Begin(process, HistoryOperationKind.CompareAndSet, key, name, expectedVersion: condition.Version);
        var judge = world.Judge.BeginWrite(key);
        Write(command, operation, (sent, reply) =>
        {
            judge(sent, reply);
            var applied = reply.Status == ReplyStatus.Ok;
            _known[key] = (applied ? name : "", reply.Version);
            History.End(operation, version: reply.Version, applied: applied);
        });
    }

    private void Delete()
    {
        var key = History.PickKey(world.Chance);
        var command = client.Stamp(new Command { Kind = CommandKind.Delete, Key = Encoding.ASCII.GetBytes(key) });
        var operation = History.Begin(process, HistoryOperationKind.Delete, key);
        var judge = world.Judge.BeginWrite(key);
        Write(command, operation, (sent, reply) =>
        {
            judge(sent, reply);
            _known.Remove(key);
            History.End(operation, applied: reply.Status == ReplyStatus.Ok);
        });
    }

    private void Get(ReadConsistency consistency)
    {
        var key = History.PickKey(world.Chance);
        var operation = History.Begin(process, HistoryOperationKind.Get, key);
        Read(consistency, () => world.Judge.BeginRead(key), view =>
        {
            var pair = view.Get(Encoding.ASCII.GetBytes(key));
            var name = pair is null ? null : ReferenceModel.NameOf(pair.Value.Span);
            _known[key] = (name ?? "", pair?.Version ?? 0);
            History.End(operation, name, pair?.Version ?? 0);
            world.Totals.Add(Happening.LinearizableRead);
        });
    }

    /// <summary>All keys, those of clients, or a page of them.</summary>
    private void GetRange()
    {
        var (prefix, from) = world.Chance.Below(3) switch { 0 => ("", ""), 1 => ("k", ""), _ => ("k", History.PickKey(world.Chance)) };
        Read(ReadConsistency.Linearizable, () => world.Judge.BeginRangeRead(prefix, from), _ => world.Totals.Add(Happening.RangeRead));
    }

    /// <summary>A stale read may be old, but what one running server shows never goes back.</summary>
    private void GetStale()
    {
        var server = world.PickServer();
        if (server.IsUp)
        {
            var isSameRun = server.Id == _staleServer && server.Epoch == _staleEpoch;
            Judge.Require(!isSameRun || server.View.Applied >= _staleApplied, $"stale reads of {server.Id} never go back");
            (_staleServer, _staleEpoch, _staleApplied) = (server.Id, server.Epoch, server.View.Applied);
            world.Judge.CheckView(server.View);
            world.Totals.Add(Happening.StaleRead);
        }

        Finish();
    }
    private void Finish()
    {
        _attempt++;
        world.Totals.Add(Happening.Operation);
        world.After(Thought(), Next);
    }

    private void Tell<T>(NodeId server, string what, T detail)
    {
        if (world.IsTold)
        {
            world.Note(server, what, $"client lane {process}: {detail}");
        }
    }

    private TimeSpan Travel() => TimeSpan.FromMicroseconds(world.Chance.Between(50, world.Plan.LongestDelayMicroseconds));

    private TimeSpan Thought() => world.Chance.Milliseconds(1, 450);

    /// <summary>Values are unique, so that every read tells whose write it saw; some are long.</summary>
    private (string Name, byte[] Value) NewValue()
    {
        var length = world.Chance.Below(world.Chance.OneIn(5) ? 800 : 60);
        var name = $"c{process}-{++_valueCount}-{length}";
        return (name, ValueOf(name));
    }

    private static byte[] ValueOf(string name)
    {
        var length = int.Parse(name.AsSpan(name.LastIndexOf('-') + 1), System.Globalization.CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes($"{name}~{Padding.AsSpan(0, length)}");
    }
}
