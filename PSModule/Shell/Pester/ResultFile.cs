using System.Globalization;
using System.Management.Automation;
using System.Xml.Linq;

namespace RaftKv.Shell.Pester;

/// <summary>Writes a run as NUnit 2.5 or JUnit XML, the formats that build servers read.</summary>
internal static class ResultFile
{
    internal static void Write(Run run, PesterConfiguration.TestResultSection section, string path)
    {
        var document = section.OutputFormat.Value.ToUpperInvariant() switch
        {
            "NUNITXML" or "NUNIT2.5" => NUnit(run, section.TestSuiteName.Value),
            "JUNITXML" => JUnit(run, section.TestSuiteName.Value),
            var other => throw new PSArgumentException($"The result format '{other}' is not one of NUnitXml and JUnitXml."),
        };
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        new XDocument(new XDeclaration("1.0", "utf-8", "no"), document).Save(path);
    }

    private static string Seconds(TimeSpan duration) => duration.TotalSeconds.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Clean(string? text) =>
        string.Concat((text ?? string.Empty).Where(System.Xml.XmlConvert.IsXmlChar));

    private static XElement NUnit(Run run, string suite) => new(
        "test-results",
        new XAttribute("name", suite),
        new XAttribute("total", run.TotalCount - run.NotRunCount),
        new XAttribute("errors", 0),
        new XAttribute("failures", run.FailedCount + run.FailedContainersCount),
        new XAttribute("not-run", run.NotRunCount),
        new XAttribute("inconclusive", run.InconclusiveCount),
        new XAttribute("ignored", 0),
        new XAttribute("skipped", run.SkippedCount),
        new XAttribute("invalid", 0),
        new XAttribute("date", run.ExecutedAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        new XAttribute("time", run.ExecutedAt.ToString("HH:mm:ss", CultureInfo.InvariantCulture)),
        new XElement(
            "environment",
            new XAttribute("nunit-version", "2.5.8.0"),
            new XAttribute("os-version", Environment.OSVersion.VersionString),
            new XAttribute("platform", Environment.OSVersion.Platform),
            new XAttribute("machine-name", Environment.MachineName),
            new XAttribute("user", Environment.UserName)),
        new XElement(
            "culture-info",
            new XAttribute("current-culture", CultureInfo.CurrentCulture.Name),
            new XAttribute("current-uiculture", CultureInfo.CurrentUICulture.Name)),
        Suite(suite, run.Result == "Failed", run.Duration, run.Containers.Select(container =>
            Suite(container.Name, container.Result == "Failed", container.Duration, Members(container.Root), container.ErrorRecord))));

    private static XElement Suite(
        string name, bool failed, TimeSpan duration, IEnumerable<XElement> members, IEnumerable<ErrorRecord>? errors = null) => new(
        "test-suite",
        new XAttribute("type", "TestFixture"),
        new XAttribute("name", Clean(name)),
        new XAttribute("executed", "True"),
        new XAttribute("result", failed ? "Failure" : "Success"),
        new XAttribute("success", failed ? "False" : "True"),
        new XAttribute("time", Seconds(duration)),
        new XAttribute("asserts", 0),
        new XAttribute("description", Clean(name)),
        errors?.Any() == true ? Failure(errors) : null,
        new XElement("results", members));

    /// <summary>Blocks as suites of their own, then the tests, as build servers show them.</summary>
    private static IEnumerable<XElement> Members(Block block) => block.Blocks
        .Where(inner => inner.AllTests.Any(test => test.Result != "NotRun"))
        .Select(inner => Suite(
            inner.ExpandedName,
            inner.AllTests.Any(test => test.Result == "Failed"),
            TimeSpan.FromTicks(inner.AllTests.Sum(test => test.Duration.Ticks)),
            Members(inner)))
        .Concat(block.Tests.Where(test => test.Result != "NotRun").Select(Case));

    private static XElement Case(Test test) => new(
        "test-case",
        new XAttribute("name", Clean(test.ExpandedPath)),
        new XAttribute("description", Clean(test.ExpandedName)),
        new XAttribute("time", Seconds(test.Duration)),
        new XAttribute("asserts", 0),
        new XAttribute("success", test.Result == "Passed"),
        new XAttribute("result", test.Result switch { "Passed" => "Success", "Failed" => "Failure", "Skipped" => "Ignored", var other => other }),
        new XAttribute("executed", test.Result != "Skipped"),
        test.Result == "Failed" ? Failure(test.ErrorRecord)
            : test.Note is null ? null
            : new XElement("reason", new XElement("message", Clean(test.Note))));

    private static XElement Failure(IEnumerable<ErrorRecord> errors) => new(
        "failure",
        new XElement("message", Clean(string.Join('\n', errors.Select(error => error.ToString())))),
        new XElement("stack-trace", Clean(string.Join('\n', errors.Select(error => error.ScriptStackTrace)))));

    private static XElement JUnit(Run run, string suite) => new(
        "testsuites",
        new XAttribute("name", suite),
        new XAttribute("tests", run.TotalCount),
        new XAttribute("errors", run.FailedContainersCount),
        new XAttribute("failures", run.FailedCount),
        new XAttribute("disabled", run.NotRunCount + run.SkippedCount),
        new XAttribute("time", Seconds(run.Duration)),
        run.Containers.Select((container, i) => new XElement(
            "testsuite",
            new XAttribute("name", container.Name),
            new XAttribute("tests", container.TotalCount),
            new XAttribute("errors", container.ErrorRecord.Count),
            new XAttribute("failures", container.FailedCount),
            new XAttribute("skipped", container.SkippedCount + container.NotRunCount),
            new XAttribute("id", i),
            new XAttribute("time", Seconds(container.Duration)),
            container.Root.AllTests.Select(test => JUnitCase(container, test)))));

    private static XElement JUnitCase(Container container, Test test) => new(
        "testcase",
        new XAttribute("name", Clean(test.ExpandedPath)),
        new XAttribute("status", test.Result),
        new XAttribute("classname", container.Name),
        new XAttribute("assertions", 0),
        new XAttribute("time", Seconds(test.Duration)),
        test.Result switch
        {
            "Failed" => new XElement(
                "failure",
                new XAttribute("message", Clean(string.Join('\n', test.ErrorRecord.Select(error => error.ToString())))),
                Clean(string.Join('\n', test.ErrorRecord.Select(error => error.ScriptStackTrace)))),
            "Passed" => null,
            _ => new XElement("skipped", test.Note is null ? null : new XAttribute("message", Clean(test.Note))),
        });
}
