using System.Diagnostics;

namespace RaftKv.Tests.Host;

/// <summary>The real executable as a process; gone at the end of the test however that ends.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private NodeProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public static NodeProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    /// <param name="environment">Variables that it gets beside those of this process.</param>
    /// <param name="arguments">Its command line.</param>
    public static NodeProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Executable, arguments);
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        return Start(start);
    }

    /// <summary>Starts it in a shell that sets limits first; not on Windows.</summary>
    public static NodeProcess StartWithin(string limits, params string[] arguments) =>
        Start(new ProcessStartInfo("sh", ["-c", $"{limits}; exec \"$0\" \"$@\"", Executable, .. arguments]));

    private static string Executable =>
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "raftkv-node.exe" : "raftkv-node");

    private static NodeProcess Start(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return new NodeProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        RunAsync(new Dictionary<string, string>(), arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        var output = await process._process.StandardOutput.ReadToEndAsync();
        return (await process.ExitAsync(), output, await process._errors);
    }

    /// <summary>The next line of its output; null at the end.</summary>
    public async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience.Limit);

    /// <summary>All that it said of what went wrong; it must have ended.</summary>
    public Task<string> ReadErrorsAsync() => _errors.WaitAsync(Patience.Limit);

    /// <summary>What is left of its output.</summary>
    public Task<string> ReadRestAsync() => _process.StandardOutput.ReadToEndAsync().WaitAsync(Patience.Limit);

    public void CloseInput() => _process.StandardInput.Close();

    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Kill() => _process.Kill();

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience.Limit);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
