using System.Xml.Linq;

namespace RaftKv.Tests.PSModule.Shell;

/// <summary>Suites with the counts, names and results that real Pester 5.9 gave; the runner must give the same.</summary>
public sealed class PesterCasesTests
{
    private static readonly string Folder = Path.Combine(ShellProcess.Root, "tests/RaftKv.Tests/PSModule/Shell/Cases");

    [Theory]
    [InlineData("Pester", 16)]
    [InlineData("MorePester", 22)]
    public async Task InvokePester_OnEachRecordedSuite_GivesTheSameVerdicts(string suites, int runs)
    {
        var script = Path.Combine(Folder, "Compare-PesterCases.ps1");
        var result = await ShellProcess.RunAsync(["-NoProfile", script, "-Folder", Path.Combine(Folder, suites)]);
        Assert.Equal($"{runs} runs compared\n", result.Output);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("Invoke-Pester $p -Output None", 0)]
    [InlineData("Invoke-Pester $p -Output None -CI", 15)]
    [InlineData("Invoke-Pester -Configuration @{ Run = @{ Path = $p; Exit = $true }; Output = @{ Verbosity = 'None' } }", 15)]
    [InlineData("Invoke-Pester -Configuration ([PesterConfiguration] @{ Run = @{ Path = $p } })", 0)]
    public async Task InvokePester_WithFailures_SetsTheExitCodeOnlyWhenAsked(string call, int exitCode)
    {
        using var folder = new ScriptFolder();
        var script = folder.Add("run.ps1", $"$p = '{Path.Combine(Folder, "Pester", "Failing.Tests.ps1")}'\n{call}\n");
        var result = await ShellProcess.RunAsync(["-NoProfile", script], directory: folder.Path);
        Assert.Equal(exitCode, result.ExitCode);
    }

    [Theory]
    [InlineData("NUnitXml", "result-nunit.xml")]
    [InlineData("NUnit2.5", "result-nunit.xml")]
    [InlineData("JUnitXml", "result-junit.xml")]
    public async Task InvokePester_WithAResultFile_WritesWhatPesterWrites(string format, string recorded)
    {
        using var folder = new ScriptFolder();
        var suites = Path.Combine(Folder, "MorePester");
        var file = Path.Combine(folder.Path, "result.xml");
        var script = folder.Add("run.ps1", $$"""
            $names = 'BeforeAfter', 'Skipping', 'Templates', 'BadSetup', 'BadTeardown', 'Errors', 'Tags'
            Invoke-Pester -Configuration @{
                Run = @{ Path = $names | ForEach-Object { "{{suites}}/$_.Tests.ps1" } }
                Filter = @{ ExcludeTag = 'Net' }
                Output = @{ Verbosity = 'None' }
                TestResult = @{ Enabled = $true; OutputPath = '{{file}}'; OutputFormat = '{{format}}' }
            }
            """);
        var result = await ShellProcess.RunAsync(["-NoProfile", script], directory: folder.Path);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(Comparable(XDocument.Load(Path.Combine(suites, recorded)), suites), Comparable(XDocument.Load(file), suites));
    }

    /// <summary>The document without what differs from run to run and from machine to machine.</summary>
    private static string Comparable(XDocument document, string folder)
    {
        foreach (var element in document.Descendants())
        {
            foreach (var name in new[] { "time", "date", "hostname" })
            {
                element.Attribute(name)?.Remove();
            }

            foreach (var attribute in element.Attributes().Where(_ => element.Name == "environment"))
            {
                attribute.Value = string.Empty;
            }

            element.Attribute(element.Name == "property" ? "value" : "none")?.Remove();
            element.ReplaceAttributes(element.Attributes().OrderBy(attribute => attribute.Name.ToString()).ToList());
        }

        foreach (var properties in document.Descendants("properties").ToList())
        {
            properties.ReplaceNodes(properties.Elements().OrderBy(property => property.Attribute("name")!.Value).ToList());
        }

        return document.ToString().Replace(folder, "FOLDER", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Invoke-Pester -Configuration @{ Run = @{ Paht = 'x' } }")]
    [InlineData("Invoke-Pester -Paht x")]
    [InlineData("Invoke-Pester -Configuration @{ TestResult = @{ Enabled = $true; OutputFormat = 'NUnit3' } }")]
    [InlineData("Invoke-Pester -Configuration @{ Run = @{ SkipRemainingOnFailure = 'Blok' } }")]
    [InlineData("Describe 'outside' { }")]
    public async Task Word_UnknownOrOutOfPlace_FailsLoudly(string call)
    {
        using var folder = new ScriptFolder();
        var script = folder.Add("run.ps1", $"$ErrorActionPreference = 'Stop'\n{call}\n");
        var result = await ShellProcess.RunAsync(["-NoProfile", script], directory: folder.Path);
        Assert.Equal(1, result.ExitCode);
        Assert.NotEmpty(result.Errors);
    }
}
