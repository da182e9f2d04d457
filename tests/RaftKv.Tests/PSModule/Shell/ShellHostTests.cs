namespace RaftKv.Tests.PSModule.Shell;

/// <summary>What a user of the shell meets: PowerShell's command line and exit codes, and the right modules at once.</summary>
public sealed class ShellHostTests
{
    private static readonly string[] Quiet = ["-NoProfile", "-NonInteractive"];

    /// <summary>An exit code is the script's, 1 after an error that is not caught, 64 where there is nothing to run.</summary>
    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("throw 'no'", 1)]
    [InlineData("$ErrorActionPreference = 'Stop'; Get-RaftValue a", 1)]
    [InlineData("$null = Get-RaftExperiment", 0)]
    public async Task Run_OfAScriptOrACommand_EndsWithItsExitCode(string text, int exitCode)
    {
        using var folder = new ScriptFolder();
        var script = folder.Add("a b.ps1", text);
        Assert.Equal(exitCode, (await ShellProcess.RunAsync([.. Quiet, "-Command", text])).ExitCode);
        Assert.Equal(exitCode, (await ShellProcess.RunAsync([.. Quiet, "-File", script])).ExitCode);
    }

    /// <summary>A script that is not there is named, and is no success.</summary>
    [Theory]
    [InlineData("no-such-file.ps1")]
    [InlineData("-File", "no-such-file.ps1")]
    public async Task Run_OfAScriptThatIsNotThere_NamesItAndEndsWith64(params string[] arguments)
    {
        var result = await ShellProcess.RunAsync([.. Quiet, .. arguments]);

        Assert.Equal(64, result.ExitCode);
        Assert.Contains("no-such-file.ps1", result.Errors, StringComparison.Ordinal);
    }

    /// <summary>Arguments reach a script as they were written, from the folder where the user stands.</summary>
    [Fact]
    public async Task Run_OfAScriptByARelativePath_BindsItsArguments()
    {
        using var folder = new ScriptFolder();
        folder.Add("here.ps1", "param($Name, [switch] $S, [string[]] $List) \"$Name|$S|$($List -join '+')|$args|$PSScriptRoot\"");

        // A script's bare path is not told to leave the user's profile out: a folder without one is named for it.
        var environment = new Dictionary<string, string?> { ["XDG_CONFIG_HOME"] = folder.Path };
        var result = await ShellProcess.RunAsync(
            ["here.ps1", "-Name", "v", "-S", "-List", "a,b", "rest", "-1"], directory: folder.Path, environment: environment);

        Assert.Equal(($"v|True|a,b|rest -1|{folder.Path}\n", 0), (result.Output, result.ExitCode));
    }

    /// <summary>PowerShell sends no telemetry, and looks for a newer version only where the user asks for that.</summary>
    [Theory]
    [InlineData(null, "1 Off\n")]
    [InlineData("LTS", "1 LTS\n")]
    public async Task Environment_OfTheEngine_KeepsItQuiet(string? asked, string expected)
    {
        var environment = new Dictionary<string, string?> { ["POWERSHELL_TELEMETRY_OPTOUT"] = null, ["POWERSHELL_UPDATECHECK"] = asked };

        var result = await ShellProcess.RunAsync(
            [.. Quiet, "-Command", "\"$env:POWERSHELL_TELEMETRY_OPTOUT $env:POWERSHELL_UPDATECHECK\""], environment: environment);

        Assert.Equal(expected, result.Output);
    }

    /// <summary>The standard input is a script, or what a command asks for; nothing waits for an answer that cannot come.</summary>
    [Fact]
    public async Task Run_WithAStandardInput_ReadsIt()
    {
        var script = await ShellProcess.RunAsync([.. Quiet, "-Command", "-"], input: "(Get-Command Set-RaftValue).Source\nexit 5\n'b'\n");
        Assert.Equal(("RaftKv\n", 5), (script.Output, script.ExitCode));

        var lines = await ShellProcess.RunAsync([.. Quiet, "-Command", "$input | ForEach-Object { \"<$_>\" }"], input: "a\nb c\n");
        Assert.Equal(("<a>\n<b c>\n", 0), (lines.Output, lines.ExitCode));

        var asked = await ShellProcess.RunAsync([.. Quiet, "-Command", "Remove-RaftValue"]);
        Assert.Equal(1, asked.ExitCode);
        Assert.Contains("Key", asked.Errors, StringComparison.Ordinal);
    }

    /// <summary>What goes into a pipe has no colours, whether the user says so or not, and tables and errors of the module are whole.</summary>
    [Theory]
    [InlineData("NO_COLOR", "1")]
    [InlineData("TERM", "dumb")]
    [InlineData("TERM", "xterm-256color")]
    public async Task Output_IntoAPipe_HasNoColours(string variable, string value)
    {
        var environment = new Dictionary<string, string?> { ["NO_COLOR"] = null, ["TERM"] = "xterm-256color", [variable] = value };

        var result = await ShellProcess.RunAsync(
            [.. Quiet, "-Command", "Get-RaftExperiment | Format-Table; Get-RaftValue a"], environment: environment);

        Assert.Contains("Concurrency", result.Output, StringComparison.Ordinal);
        Assert.Contains("Get-RaftValue", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Output + result.Errors);
    }

    /// <summary>
    /// The built module and Pester come before a user's own of that name, the user's before those that were inherited;
    /// PowerShell's own modules are there, and a runspace beside the first finds the same.
    /// </summary>
    [Fact]
    public async Task Modules_OfTheCheckout_ComeBeforeTheUsersOwn()
    {
        using var folder = new ScriptFolder();
        var user = Path.Combine(folder.Path, "powershell", "Modules");
        AddModule(user, "Pester", "99.0.0", "Invoke-Pester");
        AddModule(user, "RaftKv", "99.0.0", "Get-RaftValue");
        AddModule(user, "Mine", "2.0.0", "Get-Mine");
        AddModule(Path.Combine(folder.Path, "inherited"), "Mine", "1.0.0", "Get-Mine");
        AddModule(Path.Combine(folder.Path, "inherited"), "Theirs", "1.0.0", "Get-Theirs");
        var environment = new Dictionary<string, string?>
        {
            ["XDG_DATA_HOME"] = folder.Path,
            ["PSModulePath"] = Path.Combine(folder.Path, "inherited"),
        };

        var result = await ShellProcess.RunAsync(
            [.. Quiet, "-Command", """
            $find = { foreach ($name in 'Invoke-Pester', 'Get-RaftValue', 'Get-Mine', 'Get-Theirs', 'Get-FileHash') { $command = Get-Command $name; "$name $($command.Version.Major)" } }
            & $find
            (1 | ForEach-Object -Parallel ([scriptblock]::Create($find))) -join ', '
            """],
            environment: environment);

        string[] expected = ["Invoke-Pester 6", "Get-RaftValue 0", "Get-Mine 2", "Get-Theirs 1", "Get-FileHash 7"];
        Assert.Equal([.. expected, string.Join(", ", expected)], result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>A job, a command in the background and a script that calls pwsh get this shell again, and find the same modules.</summary>
    [Fact]
    public async Task Pwsh_FromWithin_IsThisShellAgain()
    {
        var result = await ShellProcess.RunAsync(
            [.. Quiet, "-Command", """
            $look = '(Get-Command Set-RaftValue).Source; $env:PSModulePath'
            $here = (& ([scriptblock]::Create($look))) -join ' '
            $job = Start-Job ([scriptblock]::Create($look)) | Receive-Job -Wait -AutoRemoveJob
            $background = Get-Command Set-RaftValue &
            $called = pwsh -NoProfile -Command $look
            "$(($job -join ' ') -ceq $here) $(($background | Receive-Job -Wait).Source) $(($called -join ' ') -ceq $here)"
            """]);

        Assert.Equal(("True RaftKv True\n", "", 0), (result.Output, result.Errors, result.ExitCode));
    }

    private static void AddModule(string path, string name, string version, string function)
    {
        var folder = Directory.CreateDirectory(Path.Combine(path, name, version)).FullName;
        File.WriteAllText(Path.Combine(folder, $"{name}.psm1"), $"function {function} {{ 'not this one' }}");
        File.WriteAllText(
            Path.Combine(folder, $"{name}.psd1"),
            $"@{{ RootModule = '{name}.psm1'; ModuleVersion = '{version}'; FunctionsToExport = '{function}' }}");
    }
}
