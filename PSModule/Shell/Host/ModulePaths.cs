namespace RaftKv.Shell.Host;

/// <summary>
/// Finds the module directories. The shell's own substitutes come first; a directory with the real system modules is
/// never listed, because their assemblies are not here and a failed import would break even Sort-Object.
/// </summary>
internal static class ModulePaths
{
    private const string Variable = "PSModulePath";

    internal static string Compose()
    {
        var own = Path.Combine(AppContext.BaseDirectory, "Modules");
        var inherited = (Environment.GetEnvironmentVariable(Variable) ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(path => !Directory.Exists(Path.Combine(path, "Microsoft.PowerShell.Utility")));
        var paths = new List<string> { own };
        if (BuiltModules() is { } built)
        {
            paths.Add(built);
        }

        return string.Join(Path.PathSeparator, paths.Concat(inherited).Distinct());
    }

    /// <summary>Sets the variable for this process, which the runspaces of ForEach-Object -Parallel read too.</summary>
    internal static void Apply(string composed) => Environment.SetEnvironmentVariable(Variable, composed);

    private static string? BuiltModules()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (directory.Name == "PSModule" && Directory.Exists(Path.Combine(directory.FullName, "Shell")))
            {
                return Path.Combine(directory.FullName, "out");
            }
        }

        return null;
    }
}
