namespace RaftKv.Tests.PSModule.Shell;

/// <summary>Suites with the counts, names and results that real Pester 5.9 gave; the runner must give the same.</summary>
public sealed class PesterCasesTests
{
    private static readonly string Folder = Path.Combine(ShellProcess.Root, "tests/RaftKv.Tests/PSModule/Shell/Cases");

    [Fact]
    public async Task InvokePester_OnEachRecordedSuite_GivesTheSameVerdicts()
    {
        var script = Path.Combine(Folder, "Compare-PesterCases.ps1");
        var result = await ShellProcess.RunAsync(["-NoProfile", script, "-Folder", Path.Combine(Folder, "Pester")]);
        Assert.Equal("16 runs compared\n", result.Output);
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
    [InlineData("NUnitXml", "test-case")]
    [InlineData("JUnitXml", "testcase")]
    public async Task InvokePester_WithAResultFile_WritesOneEntryForEachTest(string format, string element)
    {
        using var folder = new ScriptFolder();
        var file = Path.Combine(folder.Path, "result.xml");
        var suite = Path.Combine(Folder, "Pester", "Failing.Tests.ps1");
        var script = folder.Add("run.ps1", $$"""
            Invoke-Pester -Configuration @{
                Run = @{ Path = '{{suite}}' }
                Output = @{ Verbosity = 'None' }
                TestResult = @{ Enabled = $true; OutputPath = '{{file}}'; OutputFormat = '{{format}}' }
            }
            """);
        var result = await ShellProcess.RunAsync(["-NoProfile", script], directory: folder.Path);
        Assert.Equal(0, result.ExitCode);
        var document = System.Xml.Linq.XDocument.Load(file);
        Assert.Equal(16, document.Descendants(element).Count());
        Assert.Equal(15, document.Descendants("failure").Count());
    }

    [Theory]
    [InlineData("Invoke-Pester -Configuration @{ Run = @{ Paht = 'x' } }")]
    [InlineData("Invoke-Pester -Paht x")]
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
