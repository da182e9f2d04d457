using RaftKv.Api.Protocol;

namespace RaftKv.Api.Views;

/// <summary>What one server does to the messages of its links.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Answered">Whether it answered; where not, nothing else is known.</param>
/// <param name="Muted">Whether it drops all peer and client messages.</param>
/// <param name="Epoch">Rises with every change of its matrix.</param>
/// <param name="Links">The links that are not whole.</param>
public sealed record MatrixView(int ServerId, bool Answered, bool Muted, long Epoch, IReadOnlyList<LinkView> Links);

/// <summary>What happens to messages from one server to another; nothing that is not said.</summary>
/// <param name="From">The sender.</param>
/// <param name="To">The receiver.</param>
public sealed record LinkView(int From, int To)
{
    /// <summary>Nothing passes.</summary>
    public bool Blocked { get; init; }

    /// <summary>The share that is lost, 0 to 1.</summary>
    public double DropRate { get; init; }

    /// <summary>How much later they arrive.</summary>
    public double DelayMs { get; init; }

    /// <summary>By how much at most the delay grows.</summary>
    public double JitterMs { get; init; }

    /// <summary>The share that arrives twice, 0 to 1.</summary>
    public double DuplicateRate { get; init; }

    /// <summary>The share that is overtaken, 0 to 1.</summary>
    public double ReorderRate { get; init; }

    internal static LinkView Of(LinkFault link) => new(link.From, link.To)
    {
        Blocked = link.Blocked,
        DropRate = link.DropRate,
        DelayMs = link.DelayMs,
        JitterMs = link.JitterMs,
        DuplicateRate = link.DuplicateRate,
        ReorderRate = link.ReorderRate,
    };

    internal LinkFault ToWire() => new()
    {
        From = From,
        To = To,
        Blocked = Blocked,
        DropRate = DropRate,
        DelayMs = DelayMs,
        JitterMs = JitterMs,
        DuplicateRate = DuplicateRate,
        ReorderRate = ReorderRate,
    };
}
