using System.Reflection;
using System.Runtime.Loader;

namespace RaftKv.Bridge;

/// <summary>
/// The load context of everything that the module depends on. PowerShell loads all modules into one context where the
/// first version of an assembly wins; in here the versions are ours, whatever another module has loaded.
/// </summary>
internal sealed class DependencyContext : AssemblyLoadContext
{
    private readonly string _directory;
    private readonly AssemblyDependencyResolver[] _resolvers;

    /// <summary>Makes the context over a folder in which each bridged assembly lies beside its deps.json.</summary>
    public DependencyContext(string directory)
        : base("RaftKv")
    {
        _directory = directory;
        _resolvers =
        [
            .. ModuleBridge.BridgedNames
                .Select(name => Path.Combine(directory, name + ".dll"))
                .Where(path => File.Exists(path) && File.Exists(Path.ChangeExtension(path, ".deps.json")))
                .Select(path => new AssemblyDependencyResolver(path)),
        ];
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        foreach (AssemblyDependencyResolver resolver in _resolvers)
        {
            if (resolver.ResolveAssemblyToPath(assemblyName) is { } path)
            {
                return LoadFromAssemblyPath(path);
            }
        }

        string beside = Path.Combine(_directory, assemblyName.Name + ".dll");
        return File.Exists(beside) ? LoadFromAssemblyPath(beside) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        foreach (AssemblyDependencyResolver resolver in _resolvers)
        {
            if (resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path)
            {
                return LoadUnmanagedDllFromPath(path);
            }
        }

        return nint.Zero;
    }
}
