using System.Text.RegularExpressions;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Walks;

/// <summary>One step of a walk: a method that is entered on the way.</summary>
/// <param name="Type">The type's name without its namespace.</param>
/// <param name="Method">The method's name.</param>
internal sealed record WalkStep(string Type, string Method)
{
    /// <summary>As CONTRIBUTING writes it.</summary>
    public override string ToString() => $"{Type}.{Method}";
}

/// <summary>
/// A walk through the code as CONTRIBUTING tells it: a heading, and a numbered list in which each item begins with a type and
/// a method. The first is the cmdlet, which runs in PowerShell; the others run where a test can follow them.
/// </summary>
/// <param name="Name">The heading.</param>
/// <param name="Steps">The steps in their order.</param>
internal sealed partial record Walk(string Name, IReadOnlyList<WalkStep> Steps)
{
    /// <summary>The walk under a heading of the page.</summary>
    public static Walk Read(string heading)
    {
        var page = Repository.Read("CONTRIBUTING.md");
        var from = page.IndexOf($"### {heading}\n", StringComparison.Ordinal);
        var text = from < 0 ? "" : page[from..];
        var to = text.IndexOf("\n#", 3, StringComparison.Ordinal);
        return new Walk(heading, [.. Items().Matches(to < 0 ? text : text[..to]).Select(item => new WalkStep(item.Groups[1].Value, item.Groups[2].Value))]);
    }

    [GeneratedRegex(@"^\d+\. `(\w+)\.(\w+)`", RegexOptions.Multiline)]
    private static partial Regex Items();
}
