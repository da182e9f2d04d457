using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Faults of single messages: some kinds of them are lost, come seconds late, or come again by then. What is late outlives
/// restarts of its sender and of its receiver.
/// </summary>
internal sealed partial class Nemesis
{
    private readonly Func<Message, bool> _isLateKind;
    private readonly int _lateOneIn;
    private readonly int _longestLateness;
    private readonly bool _latenessIsRepetition;
    private readonly int _hellosLostInTen;
    private readonly bool _ambushes;
    private readonly Dictionary<NodeId, List<Mail>> _ambush = [];

    /// <summary>Whether this seed may have a fault, by its switch and by a coin.</summary>
    private bool Draws(FaultKinds kind, int oneIn) => _world.Options.Draws(Chance, kind, oneIn);

    /// <summary>Gives a message to the network.</summary>
    public void Carry(Mail mail)
    {
        if (IsHeld(mail))
        {
            return;
        }

        var delay = TimeSpan.FromMicroseconds(Chance.Between(100, _world.Plan.LongestDelayMicroseconds));
        if (!IsActive || IsQuiet || (_lateOneIn == 0 && !_ambushes))
        {
            _world.Deliver(mail, delay);
            return;
        }

        if (_ambushes && LiesInAmbush(mail))
        {
            return;
        }

        if (mail.Message is HelloRequest or HelloResponse && Chance.Below(10) < _hellosLostInTen)
        {
            _world.Totals.Add(Happening.LostHello);
            return;
        }

        var isLate = _lateOneIn > 0 && _isLateKind(mail.Message) && Chance.OneIn(_lateOneIn);
        if (isLate)
        {
            _world.Totals.Add(mail.Message is HelloRequest or HelloResponse ? Happening.LateHello : Happening.LateMessage);
            _world.Deliver(mail, Chance.Milliseconds(20, _longestLateness));
        }

        if (!isLate || _latenessIsRepetition)
        {
            _world.Deliver(mail, delay);
        }
    }

    /// <summary>
    /// What others once said about an election waits until its receiver has just answered a leader again, and may be the
    /// ground that the leader's lease stands on.
    /// </summary>
    private bool LiesInAmbush(Mail mail)
    {
        var message = mail.Message;
        if (message is HeartbeatResponse && _ambush.Remove(message.From, out var waiting))
        {
            _world.Totals.Add(Happening.Ambush);
            waiting.ForEach(m => _world.Deliver(m, TimeSpan.FromMicroseconds(Chance.Between(0, 3000))));
        }

        if (message is not (VoteRequest or PreVoteResponse { Granted: false }) || Chance.OneIn(3))
        {
            return false;
        }

        if (!_ambush.TryGetValue(message.To, out var mails))
        {
            _ambush.Add(message.To, mails = []);
        }

        mails.Add(mail);
        return true;
    }

    /// <summary>A leader is alone until others begin to campaign, and then reaches about half of them again.</summary>
    private void ReturnInPart()
    {
        var leader = LeaderOrAny;
        Isolate(leader);
        _world.After(Chance.Milliseconds(400, 900), () =>
        {
            if (IsActive && !IsQuiet)
            {
                var reached = Ids.Where(_ => Chance.OneIn(2)).ToHashSet();
                Change(
                    (from, to) => (from == leader.Id && reached.Contains(to)) || (to == leader.Id && reached.Contains(from)),
                    link => link with { Blocked = false });
                _world.After(Chance.Milliseconds(100, 900), Heal);
            }
        });
    }

    /// <summary>Few kinds at a time, so that a cluster goes on well enough to have something to lose.</summary>
    private static Func<Message, bool> DrawLateKind(Chance chance) => chance.Below(6) switch
    {
        0 => static m => m is PreVoteRequest or PreVoteResponse,
        1 => static m => m is PreVoteRequest or PreVoteResponse or VoteRequest or VoteResponse,
        2 => static m => m is HelloRequest or HelloResponse,
        3 => static m => m is HelloRequest or HelloResponse or AppendAccepted or AppendRejected,
        4 => static m => m is Heartbeat or HeartbeatResponse or VoteRequest,
        _ => static _ => true,
    };
}
