using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Faults;

/// <summary>
/// What happens to messages from one server to another. A block acts on both sides of the link; everything else acts
/// once, on the receiving side, per message.
/// </summary>
/// <param name="From">The sender.</param>
/// <param name="To">The receiver.</param>
public sealed record LinkFault(NodeId From, NodeId To)
{
    /// <summary>The longest delay or jitter that can be set.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(60);

    /// <summary>Whether nothing passes.</summary>
    public bool Blocked { get; init; }

    /// <summary>How likely a message is lost, 0 to 1.</summary>
    public double DropRate { get; init; }

    /// <summary>How long every message is held back, 0 to 60 s.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>At most this much is added to the delay, drawn evenly for each message, 0 to 60 s. Order is kept.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>How likely a message comes twice, 0 to 1.</summary>
    public double DuplicateRate { get; init; }

    /// <summary>How likely a message is held back so that later ones overtake it, 0 to 1.</summary>
    public double ReorderRate { get; init; }

    /// <summary>Whether messages pass untouched.</summary>
    public bool IsNone =>
        !Blocked && DropRate == 0 && Delay == TimeSpan.Zero && Jitter == TimeSpan.Zero
        && DuplicateRate == 0 && ReorderRate == 0;

    /// <summary>Every fault of these settings in words; empty when there is none.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        if (From.Value < 1 || To.Value < 1 || From == To)
        {
            faults.Add($"The link {From} to {To} does not name two servers.");
        }

        CheckProbability(faults, nameof(DropRate), DropRate);
        CheckProbability(faults, nameof(DuplicateRate), DuplicateRate);
        CheckProbability(faults, nameof(ReorderRate), ReorderRate);
        CheckTime(faults, nameof(Delay), Delay);
        CheckTime(faults, nameof(Jitter), Jitter);
        return faults;
    }

    private static void CheckProbability(List<string> faults, string name, double value)
    {
        if (value is not (>= 0 and <= 1))
        {
            faults.Add($"{name} is {value}: choose 0 to 1.");
        }
    }

    private static void CheckTime(List<string> faults, string name, TimeSpan value)
    {
        if (value < TimeSpan.Zero || value > MaxDelay)
        {
            faults.Add($"{name} is {value.TotalMilliseconds} ms: choose 0 to {MaxDelay.TotalMilliseconds}.");
        }
    }
}
