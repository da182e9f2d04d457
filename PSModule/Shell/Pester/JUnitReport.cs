using System.Xml.Linq;

namespace RaftKv.Shell.Pester;

/// <summary>A run in JUnit's XML as Pester writes it: a suite for each file, its tests by their full names.</summary>
internal static class JUnitReport
{
    internal static XElement Of(Run run, string suite, string directory) => new(
        "testsuites",
        ResultFile.SchemaNamed("junit_schema_4.xsd"),
        new XAttribute("name", suite),
        new XAttribute("tests", run.TotalCount),
        new XAttribute("errors", run.FailedContainersCount + run.FailedBlocksCount),
        new XAttribute("failures", run.FailedCount),
        new XAttribute("disabled", run.NotRunCount + run.SkippedCount),
        new XAttribute("time", ResultFile.Seconds(run.Duration, "0.000")),
        run.Containers.Where(container => container.Root.ShouldRun).Select((container, i) => Suite(container, i, directory)));

    private static XElement Suite(Container container, int number, string directory)
    {
        var surroundings = ResultFile.Surroundings(directory);
        return new XElement(
            "testsuite",
            new XAttribute("name", container.Name),
            new XAttribute("tests", container.TotalCount),
            new XAttribute("errors", 0),
            new XAttribute("failures", container.FailedCount),
            new XAttribute("hostname", surroundings[0].Value),
            new XAttribute("id", number),
            new XAttribute("skipped", container.SkippedCount),
            new XAttribute("disabled", container.NotRunCount),
            new XAttribute("package", container.Name),
            new XAttribute("time", ResultFile.Seconds(container.Duration, "0.000")),
            new XElement(
                "properties",
                surroundings.Append(("junit-version", "4")).Append(("framework-version", "5.9.0")).Select(property => new XElement(
                    "property", new XAttribute("name", property.Item1), new XAttribute("value", property.Item2)))),
            container.Root.AllTests.Where(test => test.ShouldRun).Select(test => Case(container, test)));
    }

    private static XElement Case(Container container, Test test) => new(
        "testcase",
        new XAttribute("name", ResultFile.Clean(test.ExpandedPath)),
        new XAttribute("status", test.Result),
        new XAttribute("classname", container.Name),
        new XAttribute("assertions", 0),
        new XAttribute("time", ResultFile.Seconds(test.Duration, "0.000")),
        test.Result == "Passed" ? null : new XElement(
            test.Result == "Failed" ? "failure" : "skipped",
            new XAttribute("message", ResultFile.Message(test)),
            ResultFile.Calls(test)));
}
