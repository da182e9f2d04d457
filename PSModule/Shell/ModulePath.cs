using System.Management.Automation;

namespace RaftKv.Shell;

/// <summary>Where this process finds modules.</summary>
internal static class ModulePath
{
    private const string Variable = "PSModulePath";

    /// <summary>
    /// Sets the search path: the built module and Pester, then the user's, the shared and PowerShell's own modules, then
    /// what was inherited. The engine puts its own three before any that are missing, so that only a path that names them
    /// already keeps its order.
    /// </summary>
    internal static void PutOursFirst()
    {
        var inherited = Environment.GetEnvironmentVariable(Variable);
        var engines = ModuleIntrinsics.GetModulePath(
            inherited,
            Environment.GetEnvironmentVariable(Variable, EnvironmentVariableTarget.Machine),
            Environment.GetEnvironmentVariable(Variable, EnvironmentVariableTarget.User));
        // A shell that another one started inherits ours, which shall not stand there once more.
        string[] ours = [.. Ours()];
        var others = engines.Split(Path.PathSeparator).Except(ours);
        Environment.SetEnvironmentVariable(Variable, string.Join(Path.PathSeparator, [.. ours, .. others]));
    }

    private static IEnumerable<string> Ours()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.Name == "PSModule" && Directory.Exists(Path.Combine(folder.FullName, "Shell")))
            {
                yield return Path.Combine(folder.FullName, "out");
            }
        }

        yield return Path.Combine(AppContext.BaseDirectory, "Suites");
    }
}
