using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace RaftKv.Bridge;

/// <summary>
/// Joins the cmdlets, which live in PowerShell's own load context, with the assemblies that they call, which live in
/// <see cref="DependencyContext"/>. Answers for exactly our own names and for no one else's.
/// </summary>
/// <remarks>
/// PowerShell loads every public type of this assembly before it calls <see cref="OnImport"/>. No public type may
/// therefore have a base class, interface, attribute argument, parameter, or a field of value type from a bridged
/// assembly: the import would fail before the bridge stands.
/// </remarks>
public sealed class ModuleBridge : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <summary>The assemblies that cmdlets may name. Everything else in the folder only they can see.</summary>
    internal static readonly string[] BridgedNames = ["RaftKv.Api", "RaftKv.Evaluation"];

    private static readonly Lock Gate = new();
    private static DependencyContext? _context;
    private static int _imports;

    /// <summary>The folder of this assembly, where the node and the dependencies lie.</summary>
    internal static string ModuleDirectory { get; } =
        Path.GetDirectoryName(typeof(ModuleBridge).Assembly.Location) ?? AppContext.BaseDirectory;

    /// <summary>Where the dependencies lie.</summary>
    internal static string DependencyDirectory { get; } = Path.Combine(ModuleDirectory, "Dependencies");

    /// <summary>The bridged assemblies that are not there; looked up once, for a module does not lose files while it runs.</summary>
    internal static IReadOnlyList<string> MissingFiles { get; } =
        [.. BridgedNames.Select(name => name + ".dll").Where(file => !File.Exists(Path.Combine(DependencyDirectory, file)))];

    /// <inheritdoc/>
    public void OnImport()
    {
        lock (Gate)
        {
            // Several runspaces may import the module; the last one to remove it takes the handler away.
            if (_imports++ == 0)
            {
                AssemblyLoadContext.Default.Resolving += Resolve;
            }
        }
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        lock (Gate)
        {
            if (_imports > 0 && --_imports == 0)
            {
                AssemblyLoadContext.Default.Resolving -= Resolve;
            }
        }
    }

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name)
    {
        if (Array.IndexOf(BridgedNames, name.Name) < 0)
        {
            return null;
        }

        lock (Gate)
        {
            // One context for the life of the process: a second import must meet the same types as the first.
            _context ??= new DependencyContext(DependencyDirectory);
            return _context.LoadFromAssemblyName(name);
        }
    }
}
