using System.Diagnostics;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.PSModule.Shell;

/// <summary>What a shell printed and how it ended.</summary>
internal sealed record ShellResult(string Output, string Errors, int ExitCode);

/// <summary>Runs the shell that was built beside the tests, as a user's terminal would, without a terminal.</summary>
internal static class ShellProcess
{
    /// <summary>The shell's executable, of the same configuration as the tests.</summary>
    internal static string Executable { get; } = FindExecutable();

    /// <summary>Starts it, or another program that starts it. What <paramref name="environment"/> names is set, or taken away where it is null.</summary>
    internal static Process Start(
        IEnumerable<string> arguments, string? directory = null, IReadOnlyDictionary<string, string?>? environment = null, string? program = null)
    {
        // Tests run in the background may ignore interrupts, and a child would inherit that.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", program ?? Executable] : [program ?? Executable];
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Repository.Root,
        };
        start.Environment["NO_COLOR"] = "1";
        start.Environment["LC_ALL"] = "C";
        start.Environment.Remove("COLUMNS");
        start.Environment.Remove("PSModulePath");
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("The shell did not start.");
    }

    /// <summary>Runs to the end; a shell that does not end in time is killed and what it printed is in the failure.</summary>
    internal static async Task<ShellResult> RunAsync(
        IEnumerable<string> arguments, TimeSpan? limit = null, string? directory = null, string input = "",
        IReadOnlyDictionary<string, string?>? environment = null, string? program = null)
    {
        using var process = Start(arguments, directory, environment, program);
        return await EndAsync(process, limit ?? TimeSpan.FromMinutes(5), input);
    }

    internal static async Task<ShellResult> EndAsync(Process process, TimeSpan limit, string input = "")
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The shell did not end within {limit}.\n{await output}\n{await errors}");
        }

        return new ShellResult((await output).ReplaceLineEndings("\n"), (await errors).ReplaceLineEndings("\n"), process.ExitCode);
    }

    private static string FindExecutable()
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory);
        var name = OperatingSystem.IsWindows() ? "raftkv-shell.exe" : "raftkv-shell";
        return Path.Combine(Repository.Root, "PSModule", "Shell", "bin", framework.Parent!.Name, framework.Name, name);
    }
}

/// <summary>A temporary folder for scripts.</summary>
internal sealed class ScriptFolder : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    internal string Path => _directory;

    internal string Add(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => _directory.Dispose();
}
