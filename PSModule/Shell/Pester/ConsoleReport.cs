using System.Management.Automation;
using System.Management.Automation.Host;

namespace RaftKv.Shell.Pester;

/// <summary>Shows a run as it goes: files with their failures, or with Detailed every block and test.</summary>
internal sealed class ConsoleReport(PSHostUserInterface ui, string verbosity)
{
    private readonly bool _shows = verbosity != "None";
    private readonly bool _detailed = verbosity is "Detailed" or "Diagnostic";

    internal void DiscoveryStarted(int files) =>
        Line(ConsoleColor.Magenta, $"{Environment.NewLine}Starting discovery in {files} files.");

    internal void DiscoveryEnded(Run run)
    {
        Line(ConsoleColor.Magenta, $"Discovery found {run.TotalCount} tests in {Time(run.DiscoveryDuration)}.");
        Line(ConsoleColor.Magenta, "Running tests.");
    }

    internal void ContainerFailed(Container container)
    {
        Line(ConsoleColor.Red, $"[-] Discovery in {container.Name} failed with:");
        Errors(container.ErrorRecord, string.Empty);
    }

    internal void ContainerStarted(Container container)
    {
        if (_detailed)
        {
            Line(ConsoleColor.Magenta, $"{Environment.NewLine}Running tests from '{container.Name}'");
        }
    }

    internal void ContainerEnded(Container container)
    {
        if (!_detailed)
        {
            var colour = container.Result == "Failed" ? ConsoleColor.Red : ConsoleColor.Green;
            Line(colour, $"{Mark.Of(container.Result)} {container.Name} {Time(container.Duration)}");
        }
    }

    internal void BlockStarted(Block block)
    {
        if (_detailed)
        {
            var word = string.Equals(block.Keyword, "Context", StringComparison.OrdinalIgnoreCase) ? "Context" : "Describing";
            var gap = block.Parent!.IsRoot ? Environment.NewLine : string.Empty;
            Line(ConsoleColor.Green, $"{gap}{Indent(block)}{word} {block.ExpandedName}");
        }
    }

    internal void BlockFailed(Block block)
    {
        Line(ConsoleColor.Red, $"[-] {block.Keyword} {block.ExpandedPath} failed");
        Errors(block.ErrorRecord, "  ");
    }

    internal void TestEnded(Test test)
    {
        if (!_detailed && test.Result != "Failed")
        {
            return;
        }

        var colour = test.Result switch
        {
            "Passed" => ConsoleColor.DarkGreen,
            "Failed" => ConsoleColor.Red,
            _ => ConsoleColor.Yellow,
        };
        var name = _detailed ? Indent(test.Block) + "  " : string.Empty;
        var note = test.Note is null ? string.Empty : " " + test.Note;
        var shown = _detailed ? test.ExpandedName : test.ExpandedPath;
        Line(colour, $"{name}{Mark.Of(test.Result)} {shown}{note} {Time(test.Duration)}");
        if (test.Result == "Failed")
        {
            Errors(test.ErrorRecord, name + " ");
        }
    }

    internal void RunEnded(Run run)
    {
        Line(ConsoleColor.White, $"Tests completed in {Time(run.Duration)}");
        var colour = run.Result == "Failed" ? ConsoleColor.Red : ConsoleColor.Green;
        Line(
            colour,
            $"Tests Passed: {run.PassedCount}, Failed: {run.FailedCount}, Skipped: {run.SkippedCount}, "
            + $"Inconclusive: {run.InconclusiveCount}, NotRun: {run.NotRunCount}");
        if (run.FailedBlocksCount > 0)
        {
            Line(ConsoleColor.Red, $"BeforeAll \\ AfterAll failed: {run.FailedBlocksCount}");
            foreach (var block in run.FailedBlocks)
            {
                Line(ConsoleColor.Red, "  - " + block.ExpandedPath);
            }
        }

        if (run.FailedContainersCount > 0)
        {
            Line(ConsoleColor.Red, $"Container failed: {run.FailedContainersCount}");
            foreach (var container in run.FailedContainers)
            {
                Line(ConsoleColor.Red, "  - " + container.Name);
            }
        }
    }

    private static string Indent(Block block)
    {
        var depth = 0;
        for (var outer = block.Parent; outer is { IsRoot: false }; outer = outer.Parent)
        {
            depth++;
        }

        return new string(' ', depth);
    }

    private static string Time(TimeSpan duration) => duration.TotalSeconds >= 1
        ? $"{duration.TotalSeconds:0.##}s"
        : $"{duration.TotalMilliseconds:0}ms";

    private void Errors(IEnumerable<ErrorRecord> errors, string indent)
    {
        foreach (var error in errors)
        {
            var kind = error.FullyQualifiedErrorId.StartsWith("PesterAssertionFailed", StringComparison.Ordinal)
                ? string.Empty
                : error.Exception.GetType().Name + ": ";
            var calls = (error.ScriptStackTrace ?? string.Empty).Split('\n')
                .Where(call => !call.Contains("<No file>", StringComparison.Ordinal));
            foreach (var line in (kind + error).TrimEnd().Split('\n').Concat(calls))
            {
                Line(ConsoleColor.Red, indent + line.TrimEnd());
            }
        }
    }

    private void Line(ConsoleColor colour, string text)
    {
        if (_shows)
        {
            ui.WriteLine(colour, Console.BackgroundColor, text);
        }
    }
}
