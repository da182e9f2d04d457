using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// A rest in the middle of the faults. All is well for a while, and each server must get on in it: what is wrong with one
/// must not wait for another leader.
/// </summary>
internal sealed partial class Nemesis
{
    private static readonly TimeSpan TimeToGetOn = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TimeToCatchUp = TimeSpan.FromSeconds(2);

    /// <summary>How long what was planned may go on.</summary>
    private static readonly TimeSpan LongestPlan = TimeSpan.FromSeconds(12);

    private bool _isResting;
    private bool _hadNoLeader;
    private Instant _plansEnd;

    /// <summary>A fault that is not of the repertoire comes when no one rests, and no one rests before it is over.</summary>
    private void Plan(TimeSpan delay, Action fault) => _world.After(delay, () =>
    {
        if (_isResting)
        {
            Plan(TimeSpan.FromSeconds(1), fault);
        }
        else
        {
            _plansEnd = _world.Now + LongestPlan;
            fault();
        }
    });

    private void Rest()
    {
        if (!IsActive || _isResting)
        {
            return;
        }

        if (_isAlone || _damage is not null || _world.Now < _plansEnd)
        {
            _world.After(TimeSpan.FromSeconds(1), Rest);
            return;
        }

        _isResting = true;
        _hadNoLeader = false;
        HealAll();
        _world.Note(NodeId.None, "rests");
        _world.Totals.Add(Happening.Rest);
        _world.After(TimeToGetOn, EndRest);
    }

    /// <summary>
    /// What each server must come to is looked at once no one disturbs any more who was removed and campaigns without asking
    /// first. A look without a leader may fall into the moment after one handed over or removed itself, so there is a second
    /// one. Each time all have as long again, which ends, because only so many are ever removed.
    /// </summary>
    private void EndRest()
    {
        if (_world.Operator.TakeDownThoseWhoDisturb())
        {
            _world.After(TimeToGetOn, EndRest);
            return;
        }

        var committed = _world.Judge.LastApplied;
        _world.After(TimeToCatchUp, () =>
        {
            var isFirstLookWithoutLeader = _world.Leader is null && !_hadNoLeader;
            _hadNoLeader = _world.Leader is null;
            if (IsActive && (_world.Operator.TakeDownThoseWhoDisturb() || isFirstLookWithoutLeader))
            {
                _world.After(TimeToGetOn, EndRest);
                return;
            }

            if (IsActive)
            {
                _world.Judge.JudgeProgress(committed, _world.Now - TimeToGetOn);
            }

            _isResting = false;
        });
    }
}
