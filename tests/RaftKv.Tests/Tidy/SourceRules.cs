using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RaftKv.Tests.Tidy;

/// <summary>A call that a folder must not contain, and what to write instead.</summary>
/// <param name="Folder">Where it is banned: a path prefix from the root.</param>
/// <param name="Pattern">What to look for in code, comments excluded.</param>
/// <param name="Instead">The replacement.</param>
internal sealed record BannedCall(string Folder, Regex Pattern, string Instead);

/// <summary>House rules that can be read off one source file.</summary>
internal static partial class SourceRules
{
    /// <summary>A file longer than this fails.</summary>
    public const int MaxFileLines = 300;

    /// <summary>A method longer than this fails.</summary>
    public const int MaxMethodLines = 60;

    /// <summary>The only place that may wait by the clock in a test.</summary>
    public const string WaitFile = "tests/pester/Shared/Wait.ps1";

    /// <summary>Calls that would make the core depend on more than its inputs, or a test on timing.</summary>
    public static IReadOnlyList<BannedCall> Banned { get; } =
    [
        .. new[]
        {
            ("Task", "an input and an effect"), ("ValueTask", "an input and an effect"), ("Thread", "the driver's loop"),
            ("Interlocked", "single-threaded state"), ("DateTime", "Input.Now"), ("DateTimeOffset", "Input.Now"),
            ("Stopwatch", "Input.Now"), ("TimeProvider", "Input.Now"), ("Random", "Prng seeded by RaftOptions.Seed"),
            ("Console", "an effect"), ("File", "an effect"), ("Directory", "an effect"), ("Socket", "an effect"),
            ("Environment", "an option"), ("Timer", "NextDeadline"),
        }.Select(ban => new BannedCall("Node/Core/", new Regex($@"\b{ban.Item1}\b(?!\w)(?=[\s<.(])"), ban.Item2)),
        new("Node/Core/", LockStatement(), "single-threaded state"),
        new("Node/Core/", NewGuid(), "a value from the caller"),
        new("Node/Core/", StaticMutable(), "a field of the object that owns it"),
        new("Node/Core/", StringHash(), "StateHash, which is the same in every process"),
        new("Node/Engine/", WallClock(), "the monotonic Instant"),
        new("tests/", Sleeps(), "awaiting the state that is meant"),
        new("PSModule/RaftKv/", ConsoleUse(), "WriteObject, WriteVerbose or an error record"),
    ];

    /// <summary>What a C# file breaks, in words that name the line.</summary>
    public static IEnumerable<string> Breaches(string file, string text)
    {
        var lines = text.Split('\n');
        if (lines.Length - 1 > MaxFileLines)
        {
            yield return $"{file} has {lines.Length - 1} lines; {MaxFileLines} is the ceiling: split it by concept.";
        }

        var tree = CSharpSyntaxTree.ParseText(text);
        foreach (var method in tree.GetRoot().DescendantNodes().Where(IsBody))
        {
            var span = tree.GetLineSpan(method.Span);
            var length = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
            if (length > MaxMethodLines)
            {
                yield return $"{file}:{span.StartLinePosition.Line + 1} a method of {length} lines; {MaxMethodLines} is the ceiling.";
            }
        }

        var code = WithoutTrivia(tree);
        foreach (var ban in Banned.Where(ban => file.StartsWith(ban.Folder, StringComparison.Ordinal)))
        {
            foreach (Match match in ban.Pattern.Matches(code))
            {
                yield return $"{file}:{Line(code, match.Index)} '{match.Value.Trim()}' is banned here, use {ban.Instead}.";
            }
        }
    }

    /// <summary>What any text file breaks: leftovers, and places of one machine.</summary>
    public static IEnumerable<string> TextBreaches(string file, string text)
    {
        foreach (Match match in Leftover().Matches(text))
        {
            yield return $"{file}:{Line(text, match.Index)} '{match.Value}' is left over: do it, or write an issue.";
        }

        // Committed results are shown as they were measured.
        foreach (Match match in Dialect().Matches(file.StartsWith("results/", StringComparison.Ordinal) ? "" : text))
        {
            yield return $"{file}:{Line(text, match.Index)} '{match.Value}' is no plain word: say who or what is meant, 'again' or 'forever'.";
        }

        foreach (Match match in MachinePath().Matches(text))
        {
            yield return $"{file}:{Line(text, match.Index)} '{match.Value}' is a path of one machine.";
        }

        if (file.StartsWith("tests/", StringComparison.Ordinal) && file.EndsWith("ps1", StringComparison.Ordinal) && file != WaitFile)
        {
            foreach (Match match in StartSleep().Matches(text))
            {
                yield return $"{file}:{Line(text, match.Index)} sleeps for a fixed time, use Wait-Until of {WaitFile}.";
            }
        }
    }

    private static bool IsBody(SyntaxNode node) =>
        node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax;

    private static int Line(string text, int offset) => text.AsSpan(0, offset).Count('\n') + 1;

    /// <summary>The code with comments and the contents of strings blanked, so that words in prose are not calls.</summary>
    private static string WithoutTrivia(SyntaxTree tree)
    {
        var text = tree.GetText().ToString().ToCharArray();
        void Blank(int start, int end)
        {
            for (var i = start; i < end; i++)
            {
                text[i] = text[i] == '\n' ? '\n' : ' ';
            }
        }

        foreach (var trivia in tree.GetRoot().DescendantTrivia())
        {
            if (!trivia.IsKind(SyntaxKind.WhitespaceTrivia) && !trivia.IsKind(SyntaxKind.EndOfLineTrivia))
            {
                Blank(trivia.FullSpan.Start, trivia.FullSpan.End);
            }
        }

        foreach (var token in tree.GetRoot().DescendantTokens())
        {
            if (token.IsKind(SyntaxKind.StringLiteralToken) || token.IsKind(SyntaxKind.InterpolatedStringTextToken))
            {
                Blank(token.SpanStart, token.Span.End);
            }
        }

        return new string(text);
    }

    [GeneratedRegex(@"(?<=^|[ (""])([Nn]obody|[Ww]hoever|[Aa]new|[Ff]or ever|[Aa]miss)(?=[ .,;:)""]|$)", RegexOptions.Multiline)]
    private static partial Regex Dialect();

    [GeneratedRegex(@"\block\s*\(")]
    private static partial Regex LockStatement();

    [GeneratedRegex(@"\bGuid\s*\.\s*(NewGuid|CreateVersion7)\b")]
    private static partial Regex NewGuid();

    [GeneratedRegex(@"^\s*(public|internal|private|protected)\s+static\s+(?!readonly\b|partial\b|class\b|extern\b|implicit\b|explicit\b|bool operator\b)[\w<>\[\]?,. ]+\s_?\w+\s*(=[^>]|;)", RegexOptions.Multiline)]
    private static partial Regex StaticMutable();

    [GeneratedRegex(@"\.GetHashCode\s*\(")]
    private static partial Regex StringHash();

    [GeneratedRegex(@"\bDateTime(Offset)?\s*\.\s*(Utc)?Now\b")]
    private static partial Regex WallClock();

    [GeneratedRegex(@"\b(Thread\s*\.\s*Sleep|Task\s*\.\s*Delay)\s*\(")]
    private static partial Regex Sleeps();

    [GeneratedRegex(@"\bConsole\s*\.")]
    private static partial Regex ConsoleUse();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|\bNotImplementedException\b")]
    private static partial Regex Leftover();

    [GeneratedRegex(@"(?<![\w.~}$)*-])/(work|farm|root|home)/[a-z.]+")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\bStart-Sleep\b")]
    private static partial Regex StartSleep();
}
