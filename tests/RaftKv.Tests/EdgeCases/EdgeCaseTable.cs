using System.Globalization;
using System.Reflection;
using System.Text;

namespace RaftKv.Tests.EdgeCases;

/// <summary>One planted bug and the test that must fail under it.</summary>
/// <param name="Row">The row of the table of edge cases.</param>
/// <param name="Test">The test, as class and method after <c>RaftKv.Tests.</c>.</param>
/// <param name="File">The file that is changed, from the root.</param>
/// <param name="Old">The text that occurs once in it.</param>
/// <param name="New">What stands there instead.</param>
/// <param name="Seen">The day and the commit at which the test was seen to fail, or nothing.</param>
internal sealed record Mutation(string Row, string Test, string File, string Old, string New, string Seen)
{
    /// <summary>The test's full name.</summary>
    public string FullTest => $"RaftKv.Tests.{Test}";

    /// <summary>The method of that name, or null.</summary>
    public MethodInfo? Method
    {
        get
        {
            var dot = FullTest.LastIndexOf('.');
            return typeof(Mutation).Assembly.GetType(FullTest[..dot])?.GetMethod(FullTest[(dot + 1)..]);
        }
    }
}

/// <summary>A row: what it asks for, how it is covered, or why it does not apply.</summary>
/// <param name="Row">Its number.</param>
/// <param name="Condition">Condition and expectation in a few words.</param>
/// <param name="Mutations">The tests and what turns them red.</param>
/// <param name="Reason">Why it does not apply, or null.</param>
internal sealed record EdgeCase(string Row, string Condition, IReadOnlyList<Mutation> Mutations, string? Reason);

/// <summary>
/// The rows of the table of edge cases with their tests, in <c>tests/edge-cases.txt</c>. A row begins with its number;
/// then, once or more, lines that begin with <c>test</c>, <c>file</c>, <c>-</c> (the old text), <c>+</c> (the new one)
/// and <c>red</c> (when it was seen); or one line <c>not</c> with the reason why it does not apply. Below the numbered
/// rows stand holes that were found in this project itself, H1 and so on, in the same form.
/// </summary>
internal static class EdgeCaseTable
{
    /// <summary>Where the rows stand.</summary>
    public const string File = "tests/edge-cases.txt";

    /// <summary>Where people read them.</summary>
    public const string Readme = "tests/README.md";

    private const string Begin = "<!-- rows: written by the test that checks them -->\n";
    private const string End = "<!-- end of rows -->\n";

    private static readonly (string Letter, int Count)[] Groups =
        [("E", 17), ("R", 16), ("C", 7), ("P", 12), ("S", 8), ("M", 7), ("L", 6), ("X", 5), ("I", 4)];

    /// <summary>All numbers that there must be, in order.</summary>
    public static IReadOnlyList<string> Numbers { get; } =
        [.. Groups.SelectMany(g => Enumerable.Range(1, g.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{g.Letter}{i}")))];

    /// <summary>Whether a word is the number of a row, or that of a hole.</summary>
    public static bool IsRow(string word) =>
        Numbers.Contains(word) || (word.StartsWith('H') && int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var hole) && hole > 0);

    /// <summary>Reads the rows.</summary>
    /// <exception cref="FormatException">A line is not understood.</exception>
    public static IReadOnlyList<EdgeCase> Parse(string text)
    {
        var rows = new List<EdgeCase>();
        List<Mutation> mutations = [];
        foreach (var (line, number) in text.ReplaceLineEndings("\n").Split('\n').Select((l, i) => (l, i + 1)))
        {
            var (word, rest) = line.Split(' ', 2) is [var first, var second] ? (first, second) : (line, "");
            switch (word)
            {
                case "" or "#":
                    break;
                case "test":
                    mutations.Add(new Mutation(rows[^1].Row, rest, "", "", "", ""));
                    break;
                case "file":
                    mutations[^1] = mutations[^1] with { File = rest };
                    break;
                case "-":
                    mutations[^1] = mutations[^1] with { Old = rest };
                    break;
                case "+":
                    mutations[^1] = mutations[^1] with { New = rest };
                    break;
                case "red":
                    mutations[^1] = mutations[^1] with { Seen = rest };
                    break;
                case "not":
                    rows[^1] = rows[^1] with { Reason = rest };
                    break;
                default:
                    rows.Add(IsRow(word)
                        ? new EdgeCase(word, rest, mutations = [], null)
                        : throw new FormatException($"{File}, line {number}: {word} is neither a row nor a word that a row knows."));
                    break;
            }
        }

        return rows;
    }

    /// <summary>The file with the day and the commit at which mutations were seen red.</summary>
    public static string WithSeen(IReadOnlyList<EdgeCase> rows, Func<Mutation, string> seen)
    {
        var text = new StringBuilder(
            "# The edge cases, their tests and the changes that turn the tests red. EdgeCaseTable.cs says how to read it.\n");
        foreach (var row in rows)
        {
            text.Append('\n').Append(row.Row).Append(' ').Append(row.Condition).Append('\n');
            if (row.Reason is not null)
            {
                text.Append("not ").Append(row.Reason).Append('\n');
            }

            foreach (var mutation in row.Mutations)
            {
                text.Append("test ").Append(mutation.Test).Append("\nfile ").Append(mutation.File)
                    .Append("\n- ").Append(mutation.Old).Append('\n').Append($"+ {mutation.New}".TrimEnd()).Append('\n');
                if (seen(mutation) is { Length: > 0 } day)
                {
                    text.Append("red ").Append(day).Append('\n');
                }
            }
        }

        return text.ToString();
    }

    /// <summary>The text of the page with its table as the rows have it.</summary>
    public static string Write(string page, IReadOnlyList<EdgeCase> rows)
    {
        var from = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var to = page.IndexOf(End, StringComparison.Ordinal);
        var table = new StringBuilder("| row | what it asks for | test | mutation: file, old text → new text | seen red |\n| --- | --- | --- | --- | --- |\n");
        foreach (var row in rows)
        {
            if (row.Reason is not null)
            {
                table.Append($"| {row.Row} | {row.Condition} | does not apply | {row.Reason} | |\n");
            }

            foreach (var mutation in row.Mutations)
            {
                table.Append($"| {row.Row} | {row.Condition} | `{mutation.Test}` | {Path.GetFileName(mutation.File)}: {Code(mutation.Old)} → {Code(mutation.New)} | {mutation.Seen} |\n");
            }
        }

        return page[..from] + table + page[to..];
    }

    private static string Code(string text) =>
        text.Length == 0 ? "(nothing)" : $"`{text.Replace("|", "\\|", StringComparison.Ordinal)}`";
}
