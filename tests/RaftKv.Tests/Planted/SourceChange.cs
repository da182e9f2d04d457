using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Planted;

/// <summary>What a planted bug changes in one of the core's files.</summary>
/// <param name="Bug">The bug.</param>
/// <param name="File">The file, from the root.</param>
/// <param name="Old">The text that stands there once.</param>
/// <param name="New">What takes its place.</param>
internal sealed record SourceChange(string Bug, string File, string Old, string New)
{
    private const string Table = "tests/planted-bugs.txt";

    /// <summary>All changes of <c>tests/planted-bugs.txt</c>, in its order.</summary>
    /// <exception cref="FormatException">A line is not understood.</exception>
    public static IReadOnlyList<SourceChange> All()
    {
        var changes = new List<SourceChange>();
        var bug = "";
        foreach (var (line, number) in Repository.Read(Table).ReplaceLineEndings("\n").Split('\n').Select((text, i) => (text, i + 1)))
        {
            var (word, rest) = line.Split(' ', 2) is [var first, var second] ? (first, second) : (line, "");
            switch (word)
            {
                case "" or "#":
                    break;
                case "file":
                    changes.Add(new SourceChange(bug, rest, "", ""));
                    break;
                case "-":
                    changes[^1] = changes[^1] with { Old = rest };
                    break;
                case "+":
                    changes[^1] = changes[^1] with { New = rest };
                    break;
                default:
                    bug = rest.Length == 0 ? word : throw new FormatException($"{Table}, line {number}: {word} is no word that it knows.");
                    break;
            }
        }

        return changes;
    }

    /// <summary>Makes the change.</summary>
    /// <exception cref="InvalidOperationException">The text that is to be changed is not there, or not only once.</exception>
    public string Make(string source) => source.Split(Old) is [var before, var after]
        ? before + New + after
        : throw new InvalidOperationException($"{Table}, {Bug}: {File} must have the text '{Old}' once.");
}
