using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Xml.Linq;

namespace RaftKv.Shell.Pester;

/// <summary>
/// A run in NUnit 2.5's XML as Pester writes it: a suite for each file and block by its full name, and one more around
/// the tests that one -ForEach made.
/// </summary>
internal static class NUnitReport
{
    internal static XElement Of(Run run, string suite, string directory) => new(
        "test-results",
        ResultFile.SchemaNamed("nunit_schema_2.5.xsd"),
        new XAttribute("name", suite),
        new XAttribute("total", run.TotalCount - run.NotRunCount),
        new XAttribute("errors", 0),
        new XAttribute("failures", run.FailedCount),
        new XAttribute("not-run", run.NotRunCount),
        new XAttribute("inconclusive", run.InconclusiveCount),
        new XAttribute("ignored", 0),
        new XAttribute("skipped", run.SkippedCount),
        new XAttribute("invalid", 0),
        new XAttribute("date", run.ExecutedAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        new XAttribute("time", run.ExecutedAt.ToString("HH:mm:ss", CultureInfo.InvariantCulture)),
        new XElement(
            "environment",
            ResultFile.Surroundings(directory).Append(("nunit-version", "2.5.8.0"))
                .Select(property => new XAttribute(property.Item1, property.Item2))),
        new XElement(
            "culture-info",
            new XAttribute("current-culture", CultureInfo.CurrentCulture.Name),
            new XAttribute("current-uiculture", CultureInfo.CurrentUICulture.Name)),
        Suite(
            "TestFixture",
            suite,
            suite,
            [.. run.Tests],
            run.Duration,
            run.Containers.Where(container => container.Root.ShouldRun).Select(container => Suite(
                "TestFixture",
                container.Name,
                container.Name,
                [.. container.Root.AllTests],
                container.Duration,
                Members(container.Root)))));

    private static XElement Suite(
        string type, string name, string description, List<Test> tests, TimeSpan duration, IEnumerable<XElement> members) => new(
        "test-suite",
        new XAttribute("type", type),
        new XAttribute("name", ResultFile.Clean(name)),
        new XAttribute("executed", "True"),
        new XAttribute("result", ResultOf(tests)),
        new XAttribute("success", tests.All(test => test.Result != "Failed") ? "True" : "False"),
        new XAttribute("time", ResultFile.Seconds(duration, "0.####")),
        new XAttribute("asserts", 0),
        new XAttribute("description", ResultFile.Clean(description)),
        new XElement("results", members));

    private static string ResultOf(List<Test> tests) =>
        tests.Any(test => test.Result == "Failed") ? "Failure"
        : tests.Any(test => test.Result == "Skipped") ? "Ignored"
        : tests.Any(test => test.Result == "Inconclusive") ? "Inconclusive"
        : "Success";

    /// <summary>The blocks, the tests on their own, then the groups, sorted as Pester does: by their places taken as text.</summary>
    private static IEnumerable<XElement> Members(Block block)
    {
        var blocks = block.Blocks.Where(inner => inner.ShouldRun).Select(inner => Suite(
            "TestFixture", inner.ExpandedPath, inner.ExpandedPath, [.. inner.AllTests], inner.Duration, Members(inner)));
        var groups = block.Tests.GroupBy(test => test.Group ?? string.Empty)
            .OrderBy(group => group.Key, StringComparer.CurrentCultureIgnoreCase)
            .SelectMany(group => group.Key.Length == 0 ? Cases(group, string.Empty) : [Parameterized([.. group])]);
        return blocks.Concat(groups);
    }

    private static XElement Parameterized(List<Test> tests)
    {
        var name = string.Join('.', tests[0].Path);
        var duration = TimeSpan.FromTicks(tests.Sum(test => test.Duration.Ticks));
        return Suite("ParameterizedTest", name, tests[0].Name, tests, duration, Cases(tests, name));
    }

    private static IEnumerable<XElement> Cases(IEnumerable<Test> tests, string group) =>
        tests.Where(test => test.ShouldRun).Select(test => Case(test, group));

    private static XElement Case(Test test, string group) => new(
        "test-case",
        new XAttribute("description", ResultFile.Clean(test.ExpandedName)),
        new XAttribute("name", ResultFile.Clean(test.ExpandedPath + Arguments(test, group))),
        new XAttribute("time", ResultFile.Seconds(test.Duration, "0.####")),
        new XAttribute("asserts", 0),
        new XAttribute("success", test.Result == "Passed" ? "True" : "False"),
        new XAttribute("result", test.Result switch
        {
            "Passed" => "Success",
            "Failed" => "Failure",
            "Skipped" => "Ignored",
            var other => other,
        }),
        new XAttribute("executed", test.Result == "Skipped" ? "False" : "True"),
        test.Result != "Failed" ? null : new XElement(
            "failure",
            new XElement("message", ResultFile.Message(test)),
            new XElement("stack-trace", ResultFile.Calls(test) is { Length: > 0 } calls ? calls : null)));

    /// <summary>The data of a test whose name tells nothing of them, so that its neighbours have other names.</summary>
    private static string Arguments(Test test, string group)
    {
        if (test.Data is null || !test.ExpandedPath.Equals(group, StringComparison.OrdinalIgnoreCase))
        {
            return string.Empty;
        }

        var values = ShouldOperators.Bare(test.Data) is IDictionary table ? table.Values.Cast<object?>() : [];
        return $"({string.Join(',', values.Select(Shown))})";
    }

    private static string Shown(object? value) => ShouldOperators.Bare(value) switch
    {
        null => "null",
        string text => $"\"{text}\"",
        _ => LanguagePrimitives.ConvertTo<string>(value),
    };
}
