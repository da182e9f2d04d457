using System.Text.RegularExpressions;

namespace Microsoft.PowerShell.Commands;

/// <summary>The lines around a match.</summary>
public sealed class MatchInfoContext
{
    public string[] PreContext { get; internal set; } = [];

    public string[] PostContext { get; internal set; } = [];

    public string[] DisplayPreContext { get; internal set; } = [];

    public string[] DisplayPostContext { get; internal set; } = [];
}

/// <summary>One line that matched.</summary>
public sealed class MatchInfo
{
    internal const string InputStream = "InputStream";

    public bool IgnoreCase { get; internal set; }

    public ulong LineNumber { get; internal set; }

    public string Line { get; internal set; } = string.Empty;

    public string Filename => Path == InputStream ? InputStream : System.IO.Path.GetFileName(Path);

    public string Path { get; internal set; } = InputStream;

    public string Pattern { get; internal set; } = string.Empty;

    public MatchInfoContext? Context { get; internal set; }

    public Match[] Matches { get; internal set; } = [];

    public string RelativePath(string directory)
    {
        if (Path == InputStream || string.IsNullOrEmpty(directory))
        {
            return Path;
        }

        var relative = System.IO.Path.GetRelativePath(directory, Path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path : relative;
    }

    public override string ToString() => ToString(null);

    public string ToString(string? directory)
    {
        if (Context is null)
        {
            return Shown(Line, LineNumber, directory, string.Empty);
        }

        var lines = new List<string>();
        var first = LineNumber - (ulong)Context.DisplayPreContext.Length;
        lines.AddRange(Context.DisplayPreContext.Select((line, i) => Shown(line, first + (ulong)i, directory, "  ")));
        lines.Add(Shown(Line, LineNumber, directory, "> "));
        lines.AddRange(Context.DisplayPostContext.Select((line, i) => Shown(line, LineNumber + (ulong)i + 1, directory, "  ")));
        return string.Join(Environment.NewLine, lines);
    }

    /// <summary>The text that the formatting views ask for; matches are not emphasised here.</summary>
    public string ToEmphasizedString(string? directory) => ToString(directory);

    private string Shown(string line, ulong number, string? directory, string mark) =>
        Path == InputStream ? mark + line : $"{mark}{RelativePath(directory ?? string.Empty)}:{number}:{line}";
}
