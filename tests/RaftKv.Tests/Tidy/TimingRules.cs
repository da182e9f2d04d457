using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RaftKv.Tests.Tidy;

/// <summary>
/// Finds tests that elapsed time decides: on a slow machine they fail without a fault. A test asserts what it counts, or
/// waits for a state under a limit that no machine needs; what measures writes rows and asserts their shape.
/// </summary>
internal static partial class TimingRules
{
    private const string Instead = "is decided by elapsed time: count something, or wait for the state with a generous limit.";

    /// <summary>The clock's own test has nothing else to look at.</summary>
    public const string ClockTests = "tests/RaftKv.Tests/Engine/MonotonicClockTests.cs";

    /// <summary>Assertions of a C# test on a stopwatch or a clock, in words that name the line.</summary>
    public static IEnumerable<string> Breaches(string file, string text)
    {
        var tree = CSharpSyntaxTree.ParseText(text);
        foreach (var body in tree.GetRoot().DescendantNodes().OfType<BaseMethodDeclarationSyntax>())
        {
            var timed = TimedNames(body);
            bool IsTimed(SyntaxNode node) => ReadsAClock(node) || Seen(node).OfType<IdentifierNameSyntax>().Any(name => timed.Contains(name.Identifier.ValueText));

            var asserted = body.DescendantNodes().OfType<InvocationExpressionSyntax>().Where(IsAssertion);
            foreach (var assertion in asserted.Where(call => IsTimed(call.ArgumentList) || call.Ancestors().OfType<IfStatementSyntax>().Any(test => IsTimed(test.Condition))))
            {
                yield return $"{file}:{tree.GetLineSpan(assertion.Span).StartLinePosition.Line + 1} {Instead}";
            }
        }
    }

    /// <summary>The same for a suite.</summary>
    public static IEnumerable<string> SuiteBreaches(string file, string text)
    {
        var timed = SuiteVariable().Matches(text).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (number, line) in text.Split('\n').Index())
        {
            if (line.Contains("Should ", StringComparison.Ordinal) && (SuiteClock().IsMatch(line) || Variable().Matches(line).Any(match => timed.Contains(match.Groups["name"].Value))))
            {
                yield return $"{file}:{number + 1} {Instead}";
            }
        }
    }

    private static bool IsAssertion(InvocationExpressionSyntax call) =>
        call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "Assert" } };

    /// <summary>Local variables that hold a time, directly or through each other.</summary>
    private static HashSet<string> TimedNames(BaseMethodDeclarationSyntax body)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var variable in body.DescendantNodes().OfType<VariableDeclaratorSyntax>().Where(variable => variable.Initializer is not null))
        {
            var value = variable.Initializer!.Value;
            if (ReadsAClock(value) || Seen(value).OfType<IdentifierNameSyntax>().Any(name => names.Contains(name.Identifier.ValueText)))
            {
                names.Add(variable.Identifier.ValueText);
            }
        }

        return names;
    }

    private static bool ReadsAClock(SyntaxNode node) =>
        Seen(node).OfType<MemberAccessExpressionSyntax>().Any(access => Clock().IsMatch(access.ToString()));

    /// <summary>What an expression itself computes: neither what a message prints nor what a function does later.</summary>
    private static IEnumerable<SyntaxNode> Seen(SyntaxNode node) =>
        node.DescendantNodesAndSelf(child => child is not (InterpolatedStringExpressionSyntax or AnonymousFunctionExpressionSyntax));

    [GeneratedRegex(@"^(System\.Diagnostics\.)?Stopwatch\.|^(System\.)?DateTime(Offset)?\.(Utc)?Now\b|^Environment\.TickCount|^MonotonicClock\.Now\b")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\$(script:)?(?<name>\w+)\s*=[^=\n]*(\.Elapsed|Stopwatch\]::|Measure-Command|Get-Date|\]::(Utc)?Now\b)", RegexOptions.IgnoreCase)]
    private static partial Regex SuiteVariable();

    [GeneratedRegex(@"\.Elapsed|Measure-Command|Get-Date|\]::(Utc)?Now\b", RegexOptions.IgnoreCase)]
    private static partial Regex SuiteClock();

    [GeneratedRegex(@"\$(script:)?(?<name>\w+)")]
    private static partial Regex Variable();
}
