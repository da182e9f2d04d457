using System.Diagnostics;
using System.Runtime.Versioning;

namespace RaftKv.Tests.PSModule.Shell;

/// <summary>The shell as a program: its arguments, exit codes, modules and interruption.</summary>
public sealed class ShellProgramTests
{
    [Fact]
    public async Task Run_WithScriptArguments_BindsThemAsPwshDoes()
    {
        using var folder = new ScriptFolder();
        var script = folder.Add(
            "a b.ps1", "param($Name, [switch]$S, [string[]]$Arr) \"$Name|$S|$($Arr -join '+')|$args|$PSScriptRoot\"");
        var result = await ShellProcess.RunAsync([script, "-Name", "v", "-S", "-Arr", "a,b", "rest", "-1"]);
        Assert.Equal($"v|True|a,b|rest -1|{folder.Path}\n", result.Output);
        var colons = await ShellProcess.RunAsync(["-File", script, "-S:$false", "-Name:q"]);
        Assert.Equal($"q|False|||{folder.Path}\n", colons.Output);
        var plain = folder.Add("plain.ps1", "$args -join '|'");
        Assert.Equal("-x|1|-y|2\n", (await ShellProcess.RunAsync(["-File", plain, "-x:1", "-y:", "2"])).Output);
    }

    [Fact]
    public async Task Run_WithARelativeScript_ResolvesItFromTheCurrentDirectory()
    {
        using var folder = new ScriptFolder();
        folder.Add("here.ps1", "'found'; exit 3");
        var result = await ShellProcess.RunAsync(["here.ps1"], directory: folder.Path);
        Assert.Equal(("found\n", 3), (result.Output, result.ExitCode));
    }

    [Theory]
    [InlineData("'a'; exit 9", 9)]
    [InlineData("Get-Item /no/such/thing", 1)]
    [InlineData("'fine'", 0)]
    [InlineData("throw 'x'", 1)]
    public async Task Command_Text_EndsWithItsExitCode(string text, int exitCode)
    {
        var result = await ShellProcess.RunAsync(["-NoProfile", "-Command", text]);
        Assert.Equal(exitCode, result.ExitCode);
    }

    [Theory]
    [InlineData("throw 1\nif (1) {\n'after'\n}\n", "after\n", 0)]
    [InlineData("'a'\nexit 5\n'b'\n", "a\n", 5)]
    [InlineData("'a'\nGet-Item /no/such/thing\n", "a\n", 1)]
    public async Task Command_FromTheInput_RunsOneByOne(string input, string output, int exitCode)
    {
        var result = await ShellProcess.RunAsync(["-NoProfile", "-Command", "-"], input: input);
        Assert.Equal((output, exitCode), (result.Output, result.ExitCode));
    }

    [Fact]
    public async Task Command_ThatAsksForItsInput_GetsTheLinesOfTheStandardInput()
    {
        var result = await ShellProcess.RunAsync(["-NoProfile", "-Command", "$input | ForEach-Object { \"<$_>\" }"], input: "a\nb c\n");
        Assert.Equal("<a>\n<b c>\n", result.Output);
    }

    [Fact]
    public async Task UncaughtError_OfAScript_IsOnStandardErrorInTheConciseView()
    {
        using var folder = new ScriptFolder();
        var script = folder.Add("bad.ps1", "'before'\nfunction f { throw 'bad thing' }\nf\n'not reached'");
        var result = await ShellProcess.RunAsync([script]);
        Assert.Equal(("before\n", 1), (result.Output, result.ExitCode));
        Assert.Contains("bad.ps1:2", result.Errors, StringComparison.Ordinal);
        Assert.Contains("bad thing", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Nonsense")]
    [InlineData("no-such-file.ps1")]
    public async Task Run_WithABadCommandLine_PrintsTheUsageAndEndsWith64(string argument)
    {
        var result = await ShellProcess.RunAsync([argument]);
        Assert.Equal(64, result.ExitCode);
        Assert.Contains("Usage: raftkv-shell", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_WithRedirectedInput_RunsLinesAndGoesOnAfterAnError()
    {
        var result = await ShellProcess.RunAsync(["-NoLogo"], input: "$x = 4\nthrow 'no'\nif ($x) {\n\"x is $x\"\n}\n\nexit 6\n");
        Assert.Contains("x is 4", result.Output, StringComparison.Ordinal);
        Assert.Equal(6, result.ExitCode);
    }

    [Theory]
    [InlineData("Get-Item /no/such/thing", false)]
    [InlineData("throw 'x'", false)]
    [InlineData("no-such-command", false)]
    [InlineData("'fine'", true)]
    public async Task Prompt_AfterACommand_KeepsWhetherItSucceeded(string command, bool succeeded)
    {
        var result = await ShellProcess.RunAsync(["-NoLogo"], input: $"{command}\n\"it $?\"\n\"then $?\"\n(Get-History)[0].CommandLine.Length\n");
        Assert.Contains($"it {succeeded}\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("then True\n", result.Output, StringComparison.Ordinal);
        Assert.Contains($"{command.Length}\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requires_AModuleThatIsNotThere_EndsWith1BeforeTheFirstLine()
    {
        using var folder = new ScriptFolder();
        var missing = await ShellProcess.RunAsync([folder.Add("a.ps1", "#requires -Modules NoSuchModule\n'ran'")]);
        Assert.Equal((string.Empty, 1), (missing.Output, missing.ExitCode));
        var text = "#requires -Version 7.4 -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }\n. $PSScriptRoot/c.ps1\n$c";
        folder.Add("c.ps1", "$c = 'dot-sourced'");
        var there = await ShellProcess.RunAsync([folder.Add("b.ps1", text)]);
        Assert.Equal(("dot-sourced\n", 0), (there.Output, there.ExitCode));
    }

    [Fact]
    public async Task Modules_OfTheShell_ExportEveryCmdletTheyHold()
    {
        using var folder = new ScriptFolder();
        var script = folder.Add("modules.ps1", """
            $types = (Get-Command Get-Item).ImplementingType.Assembly.GetTypes().ForEach({
                $_.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false).ForEach({ "$($_.VerbName)-$($_.NounName)" })
            })
            $exported = 'Microsoft.PowerShell.Utility', 'Microsoft.PowerShell.Management', 'Pester' | ForEach-Object {
                (Import-Module $_ -PassThru).ExportedCmdlets.Keys
            }
            Compare-Object $types $exported | ForEach-Object { "$($_.SideIndicator) $($_.InputObject)" }
            'Sort-Object', 'Get-Item', 'Describe' | ForEach-Object { (Get-Command $_).Source }
            Microsoft.PowerShell.Utility\Write-Output 'qualified'
            """);
        var result = await ShellProcess.RunAsync([script]);
        Assert.Equal("Microsoft.PowerShell.Utility\nMicrosoft.PowerShell.Management\nPester\nqualified\n", result.Output);
    }

    [Fact]
    public async Task Parameter_Unknown_IsAnErrorOfEveryCommandThatIsSupplied()
    {
        using var folder = new ScriptFolder();
        var script = folder.Add("unknown.ps1", """
            $remaining = 'Join-Path', 'Read-Host', 'Write-Host', 'Write-Output' # take all that is left over as their value, in PowerShell too
            foreach ($command in Get-Command -Module Microsoft.PowerShell.Utility, Microsoft.PowerShell.Management, Pester -CommandType Cmdlet) {
                if ($command.Name -in $remaining) { continue }
                try { & $command.Name -NoSuchParameter 1; "$command accepted it" }
                catch { if ($_.FullyQualifiedErrorId -notlike 'NamedParameterNotFound*') { "$command $_" } }
            }
            'tried'
            """);
        var result = await ShellProcess.RunAsync(["-NonInteractive", script]);
        Assert.Equal("tried\n", result.Output);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Interrupt_DuringAWait_EndsWith130AndRunsFinally()
    {
        using var folder = new ScriptFolder();
        var script = folder.Add("wait.ps1", "try { [Console]::WriteLine('waiting'); Start-Sleep 60 } finally { [Console]::WriteLine('cleaned') }");
        using var process = ShellProcess.Start([script]);
        Assert.Equal("waiting", await process.StandardOutput.ReadLineAsync());
        var watch = Stopwatch.StartNew();
        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        var result = await ShellProcess.EndAsync(process, TimeSpan.FromSeconds(20));
        Assert.Equal(("cleaned\n", 130), (result.Output, result.ExitCode));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"It took {watch.Elapsed}.");
    }
}
