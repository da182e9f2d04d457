using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>What happens to the messages from one server to another. The property names are Set-RaftLink's parameters.</summary>
public sealed class RaftLink
{
    internal RaftLink(LinkView view) => View = view;

    /// <summary>The sending server.</summary>
    public int From => View.From;

    /// <summary>The receiving server.</summary>
    public int To => View.To;

    /// <summary>Whether nothing passes.</summary>
    public bool Blocked => View.Blocked;

    /// <summary>The share of messages that is lost, 0 to 1.</summary>
    public double DropRate => View.DropRate;

    /// <summary>How much later every message arrives, in milliseconds.</summary>
    public double DelayMs => View.DelayMs;

    /// <summary>At most this much is added to the delay, drawn for each message.</summary>
    public double JitterMs => View.JitterMs;

    /// <summary>The share of messages that comes twice, 0 to 1.</summary>
    public double DuplicateRate => View.DuplicateRate;

    /// <summary>The share of messages that later ones overtake, 0 to 1.</summary>
    public double ReorderRate => View.ReorderRate;

    /// <summary>The same as the client library has it.</summary>
    internal LinkView View { get; }

    /// <summary>The link in words.</summary>
    public override string ToString() => $"{From} to {To}: {(Blocked ? "blocked" : Describe() is { Length: > 0 } text ? text : "whole")}";

    /// <summary>What chance does to it, in words; empty when nothing.</summary>
    internal string Describe()
    {
        List<string> parts = [];
        Add(DropRate, $"drop {DropRate:0%}");
        Add(DelayMs + JitterMs, JitterMs > 0 ? (FormattableString)$"delay {DelayMs}±{JitterMs} ms" : $"delay {DelayMs} ms");
        Add(DuplicateRate, $"double {DuplicateRate:0%}");
        Add(ReorderRate, $"reorder {ReorderRate:0%}");
        return string.Join(", ", parts);

        // The words are English, whatever the language of the session: so are the numbers in them.
        void Add(double amount, FormattableString text)
        {
            if (amount > 0)
            {
                parts.Add(FormattableString.Invariant(text));
            }
        }
    }
}
