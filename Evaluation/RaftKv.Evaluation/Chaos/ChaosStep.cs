namespace RaftKv.Evaluation.Chaos;

/// <summary>What the monkey does to a cluster.</summary>
public enum ChaosFault
{
    /// <summary>Kills processes at once, and starts them again.</summary>
    Kill,

    /// <summary>Freezes processes, and lets them go on.</summary>
    Pause,

    /// <summary>Stops processes in good order, and starts them again.</summary>
    Restart,

    /// <summary>Kills all processes at the same moment, and starts them again.</summary>
    KillAll,

    /// <summary>Cuts the network into groups.</summary>
    Partition,

    /// <summary>Makes links lose, double and reorder messages.</summary>
    Lossy,

    /// <summary>Makes links slow.</summary>
    Slow,

    /// <summary>
    /// Loses all that servers send and delays all that they receive: the others elect a new leader while the old one
    /// still hears their old answers. A leader that trusts those and not a round of its own serves stale reads then.
    /// </summary>
    OneWay,

    /// <summary>Adds a server, and then removes one: the newcomer again, or the leader, whose place the newcomer takes.</summary>
    Membership,
}

/// <summary>One fault of a schedule: when it begins, how long it lasts, and whom it hits.</summary>
/// <param name="Number">From 1.</param>
/// <param name="AtMs">When, in milliseconds since the schedule began.</param>
/// <param name="LastsMs">How long.</param>
/// <param name="Fault">What.</param>
/// <param name="Leader">Whether it hits the server that leads then, besides <paramref name="Servers"/>.</param>
/// <param name="Servers">
/// Whom: the servers whose processes or links are hit, or the first group of a partition. A server that was removed
/// stands for the one that took its place.
/// </param>
/// <param name="Strength">Of a lossy link the share of messages lost, of a slow or one-way one the delay in milliseconds; else 0.</param>
public sealed record ChaosStep(int Number, int AtMs, int LastsMs, ChaosFault Fault, bool Leader, IReadOnlyList<int> Servers, double Strength)
{
    /// <summary>The step as a line.</summary>
    public override string ToString()
    {
        var whom = string.Join(",", Servers.Select(s => $"n{s}").Prepend(Leader ? "leader" : "").Where(s => s.Length > 0));
        var how = Fault switch
        {
            ChaosFault.Lossy => FormattableString.Invariant($" losing {Strength:0.00}"),
            ChaosFault.Slow or ChaosFault.OneWay => $" by {Strength:0} ms",
            _ => "",
        };
        return FormattableString.Invariant($"{AtMs / 1000.0:0.0} s: {Fault}{(whom.Length > 0 ? " " + whom : "")}{how} for {LastsMs / 1000.0:0.0} s");
    }
}
