using System.Diagnostics;
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
        int LineOf(SyntaxNode node) => tree.GetLineSpan(node.Span).StartLinePosition.Line + 1;
        foreach (var wait in tree.GetRoot().DescendantNodes().OfType<ExpressionSyntax>().Where(HasALimitOfItsOwn))
        {
            yield return $"{file}:{LineOf(wait)} waits under a limit of its own: Patience.Limit is one that no machine needs.";
        }

        foreach (var body in tree.GetRoot().DescendantNodes().OfType<BaseMethodDeclarationSyntax>())
        {
            var timed = TimedNames(body);
            bool IsTimed(SyntaxNode node) => ReadsAClock(node) || Seen(node).OfType<IdentifierNameSyntax>().Any(name => timed.Contains(name.Identifier.ValueText));

            var asserted = body.DescendantNodes().OfType<InvocationExpressionSyntax>().Where(IsAssertion);
            foreach (var assertion in asserted.Where(call => IsTimed(call.ArgumentList) || call.Ancestors().OfType<IfStatementSyntax>().Any(test => IsTimed(test.Condition))))
            {
                yield return $"{file}:{LineOf(assertion)} {Instead}";
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

            if (ShortWait().IsMatch(line) && !line.Contains("-PassThru", StringComparison.Ordinal) && !line.Contains("Get-Failure", StringComparison.Ordinal))
            {
                yield return $"{file}:{number + 1} waits under a short limit of its own: without one it is one that no machine needs.";
            }
        }
    }

    private static bool IsAssertion(InvocationExpressionSyntax call) =>
        call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "Assert" } };

    /// <summary>Waits for a state, but not those that shall end in vain.</summary>
    private static bool HasALimitOfItsOwn(ExpressionSyntax node)
    {
        var arguments = node switch
        {
            InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "WaitAsync" or "Wait" or "Join" or "WaitForExit" } } call => call.ArgumentList,
            ObjectCreationExpressionSyntax { Type: IdentifierNameSyntax { Identifier.ValueText: nameof(CancellationTokenSource) } } made => made.ArgumentList,
            _ => null,
        };
        return arguments?.Arguments.Any(argument => argument.Expression.IsKind(SyntaxKind.NumericLiteralExpression) || OwnLimit().IsMatch(argument.ToString())) == true
            && !node.Ancestors().OfType<InvocationExpressionSyntax>().Any(call => call.Expression.ToString() == "Assert.ThrowsAsync<TimeoutException>");
    }

    /// <summary>Fields and local variables that hold a time, directly or through each other.</summary>
    private static HashSet<string> TimedNames(BaseMethodDeclarationSyntax body)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var fields = body.Parent!.ChildNodes().OfType<FieldDeclarationSyntax>();
        foreach (var node in fields.Append<SyntaxNode>(body).SelectMany(place => place.DescendantNodes()))
        {
            (string? name, ExpressionSyntax? value) = node switch
            {
                VariableDeclaratorSyntax variable => (variable.Identifier.ValueText, variable.Initializer?.Value),
                AssignmentExpressionSyntax { Left: IdentifierNameSyntax left } assignment => (left.Identifier.ValueText, assignment.Right),
                _ => (null, null),
            };
            var isStopwatch = node.Parent is VariableDeclarationSyntax { Type: var type } && type.ToString().EndsWith(nameof(Stopwatch), StringComparison.Ordinal);
            if (value is not null && (isStopwatch || ReadsAClock(value) || Seen(value).OfType<IdentifierNameSyntax>().Any(seen => names.Contains(seen.Identifier.ValueText))))
            {
                names.Add(name!);
            }
        }

        return names;
    }

    private static bool ReadsAClock(SyntaxNode node) =>
        Seen(node).Any(seen => seen switch
        {
            MemberAccessExpressionSyntax access => Clock().IsMatch(access.ToString()),
            ObjectCreationExpressionSyntax made => made.Type.ToString().EndsWith(nameof(Stopwatch), StringComparison.Ordinal),
            _ => false,
        });

    /// <summary>What an expression itself computes: neither what a message prints nor what a function does later.</summary>
    private static IEnumerable<SyntaxNode> Seen(SyntaxNode node) =>
        node.DescendantNodesAndSelf(child => child is not (InterpolatedStringExpressionSyntax or AnonymousFunctionExpressionSyntax));

    [GeneratedRegex(@"^(System\.Diagnostics\.)?Stopwatch\.|^(System\.)?DateTime(Offset)?\.(Utc)?Now\b|^Environment\.TickCount|^MonotonicClock\.Now\b")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\$(script:)?(?<name>\w+)\s*=[^=\n]*(\.Elapsed|Stopwatch\]::|Measure-Command|Get-Date|\]::(Utc)?Now\b)", RegexOptions.IgnoreCase)]
    private static partial Regex SuiteVariable();

    [GeneratedRegex(@"TimeSpan\.From|new TimeSpan\(")]
    private static partial Regex OwnLimit();

    [GeneratedRegex(@"\bWait-(Until|RaftCluster)\b[^{|]*-TimeoutSec [\d.]{1,2}\b", RegexOptions.IgnoreCase)]
    private static partial Regex ShortWait();

    [GeneratedRegex(@"\.Elapsed|Measure-Command|Get-Date|\]::(Utc)?Now\b", RegexOptions.IgnoreCase)]
    private static partial Regex SuiteClock();

    [GeneratedRegex(@"\$(script:)?(?<name>\w+)")]
    private static partial Regex Variable();
}
