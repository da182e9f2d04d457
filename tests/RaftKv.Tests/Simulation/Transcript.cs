using System.Globalization;
using System.Text;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// The last events of a run, turned into text only when someone reads them. In a line about links, <c>n1>n2x</c> is cut from
/// n1 to n2 and <c>n1>n2~</c> loses, repeats or holds back; n0 is none.
/// </summary>
/// <param name="heading">What it begins with.</param>
/// <param name="mostEvents">How many of the last events it holds.</param>
internal sealed class Transcript(string heading, int mostEvents)
{
    private readonly Queue<(Instant At, NodeId Server, string What, object? Detail)> _events = new();

    public void Add(Instant at, NodeId server, string what, object? detail)
    {
        _events.Enqueue((at, server, what, detail));
        if (_events.Count > mostEvents)
        {
            _events.Dequeue();
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder(heading).AppendLine().AppendLine("Links: n1>n2x is cut, n1>n2~ loses, repeats or holds back. n0 is none.");
        foreach (var (at, server, what, detail) in _events)
        {
            var who = server.IsNone ? "world" : server.ToString();
            text.AppendLine(CultureInfo.InvariantCulture, $"{at.Microseconds / 1e6,10:F6} s {who,-5} {what} {Describe(detail)}");
        }

        return text.ToString();
    }

    private static string Describe(object? detail) => detail switch
    {
        null => "",
        AppendRequest a when a.Entries.Count == 0 => $"Append to {a.To}, term {a.Term}: nothing after {a.Previous}, commit {a.Commit}",
        AppendRequest a => $"Append to {a.To}, term {a.Term}: {a.Entries[0].Id} to {a.Entries[^1].Id} after {a.Previous}, commit {a.Commit}",
        _ => Convert.ToString(detail, CultureInfo.InvariantCulture) ?? "",
    };
}
