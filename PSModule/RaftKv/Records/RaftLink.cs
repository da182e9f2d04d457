using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>What happens to the messages from one server to another. The property names are Set-RaftLink's parameters.</summary>
public sealed class RaftLink
{
    /// <summary>The sending server.</summary>
    public int From { get; init; }

    /// <summary>The receiving server.</summary>
    public int To { get; init; }

    /// <summary>Whether nothing passes.</summary>
    public bool Blocked { get; init; }

    /// <summary>The share of messages that is lost, 0 to 1.</summary>
    public double DropRate { get; init; }

    /// <summary>How much later every message arrives, in milliseconds.</summary>
    public double DelayMs { get; init; }

    /// <summary>At most this much is added to the delay, drawn for each message.</summary>
    public double JitterMs { get; init; }

    /// <summary>The share of messages that comes twice, 0 to 1.</summary>
    public double DuplicateRate { get; init; }

    /// <summary>The share of messages that later ones overtake, 0 to 1.</summary>
    public double ReorderRate { get; init; }

    /// <summary>The link in words.</summary>
    public override string ToString() => $"{From} to {To}: {(Blocked ? "blocked" : Describe() is { Length: > 0 } text ? text : "whole")}";

    internal static RaftLink Of(LinkView view) => new()
    {
        From = view.From,
        To = view.To,
        Blocked = view.Blocked,
        DropRate = view.DropProbability,
        DelayMs = view.DelayMs,
        JitterMs = view.JitterMs,
        DuplicateRate = view.DuplicateProbability,
        ReorderRate = view.ReorderProbability,
    };

    internal LinkView ToView() => new(From, To, Blocked, DropRate, DelayMs, JitterMs, DuplicateRate, ReorderRate);

    /// <summary>What chance does to it, in words; empty when nothing.</summary>
    internal string Describe()
    {
        List<string> parts = [];
        Add(DropRate, $"drop {DropRate:P0}");
        Add(DelayMs + JitterMs, JitterMs > 0 ? $"delay {DelayMs}±{JitterMs} ms" : $"delay {DelayMs} ms");
        Add(DuplicateRate, $"double {DuplicateRate:P0}");
        Add(ReorderRate, $"reorder {ReorderRate:P0}");
        return string.Join(", ", parts);

        void Add(double amount, string text)
        {
            if (amount > 0)
            {
                parts.Add(text);
            }
        }
    }
}
