using System.Diagnostics;

namespace RaftKv.Tests.Tidy;

/// <summary>The checkout under test: its root and the files that git knows or would add.</summary>
internal static class Repository
{
    /// <summary>The folder with <c>RaftKv.sln</c>, found upwards from the test assembly.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Files by their path from the root, with forward slashes; build output is not among them.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles();

    /// <summary>Files with one of the endings.</summary>
    public static IEnumerable<string> WithEnding(params string[] endings) =>
        Files.Where(file => endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)));

    /// <summary>The text of a file.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "RaftKv.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("The tests do not run inside a checkout: no RaftKv.sln above the test assembly.");
    }

    private static List<string> ListFiles()
    {
        var start = new ProcessStartInfo("git", "ls-files --cached --others --exclude-standard")
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start) ?? throw new InvalidOperationException("git did not start.");
        var files = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        return git.ExitCode == 0
            ? [.. files.Where(file => File.Exists(Path.Combine(Root, file))).Order(StringComparer.Ordinal)]
            : throw new InvalidOperationException($"git ls-files ended with {git.ExitCode}.");
    }
}
