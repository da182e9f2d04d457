using System.Diagnostics;

namespace RaftKv.Evaluation.OtherSystems;

/// <summary>
/// A program that ends when this process does, however that ends: it holds one end of a pipe whose other end is closed
/// with this process. On Windows, where there is no <c>sh</c>, a program outlives a process that is killed.
/// </summary>
internal static class BoundProcess
{
    /// <summary>A subshell waits for the pipe to close and kills; the shell itself becomes the program, with its process id.</summary>
    private const string Script = """exec 3<&0; { read -r _ <&3; kill -9 $$; } >/dev/null 2>&1 & exec "$@" 3<&- </dev/null""";

    /// <summary>Starts a program whose standard input is taken and whose output no one reads.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        string[] command = OperatingSystem.IsWindows() ? [program] : ["/bin/sh", "-c", Script, "sh", program];
        start.FileName = command[0];
        foreach (var argument in command.Skip(1).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }
}
