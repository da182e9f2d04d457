using System.Diagnostics.CodeAnalysis;

namespace RaftKv.Api.Clusters;

/// <summary>Finds the <c>raftkv-node</c> executable: beside the module, or in the build output of a source tree.</summary>
public static class NodeExecutable
{
    /// <summary>The environment variable that names another executable.</summary>
    public const string EnvironmentVariable = "RAFTKV_NODE";

    private static readonly string[] Configurations = ["Release", "Debug"];

    private static string FileName => OperatingSystem.IsWindows() ? "raftkv-node.exe" : "raftkv-node";

    /// <summary>The executable to run.</summary>
    /// <param name="path">The user's choice; null: the environment variable, else the search.</param>
    /// <exception cref="RaftKvException">ServerStartFailed, naming the places that were looked at.</exception>
    public static string Find(string? path = null)
    {
        var chosen = path ?? Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (!string.IsNullOrEmpty(chosen))
        {
            var full = Directory.Exists(chosen) ? Path.Combine(chosen, FileName) : chosen;
            return File.Exists(full) ? Path.GetFullPath(full) : throw Missing([full]);
        }

        var places = Places(OwnDirectory()).ToList();
        return places.Find(File.Exists) ?? throw Missing(places);
    }

    /// <summary>The module keeps the node beside itself; a source tree keeps it in the host project's output.</summary>
    private static IEnumerable<string> Places(string start)
    {
        yield return Path.Combine(start, "node", FileName);
        yield return Path.GetFullPath(Path.Combine(start, "..", "node", FileName));
        for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
        {
            var output = Path.Combine(directory.FullName, "Node", "Host", "bin");
            if (Directory.Exists(output))
            {
                foreach (var built in Configurations
                    .Select(configuration => Path.Combine(output, configuration, "net10.0", FileName))
                    .OrderByDescending(File.GetLastWriteTimeUtc))
                {
                    yield return built;
                }
            }
        }
    }

    /// <summary>
    /// Not the base directory of the process: inside PowerShell that is PowerShell's own.
    /// </summary>
    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "An empty location falls back to the base directory, which is right in a single file.")]
    private static string OwnDirectory() =>
        Path.GetDirectoryName(typeof(NodeExecutable).Assembly.Location) is { Length: > 0 } directory ? directory : AppContext.BaseDirectory;

    private static RaftKvException Missing(IReadOnlyList<string> places) => new(
        ErrorKind.ServerStartFailed,
        $"The node executable was not found; looked at {string.Join(", ", places)}. Build the solution (dotnet build), or name it with -NodePath or the environment variable {EnvironmentVariable}.");
}
