using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace RaftKv.Tests.Walks;

/// <summary>
/// Copies of the product's assemblies, and of these tests, in which every method of a walk says that it is entered. Loaded
/// beside the originals, so that the code itself need not know that it is followed.
/// </summary>
internal sealed class WovenContext : AssemblyLoadContext, IDisposable
{
    /// <summary>The category under which the methods speak, over <see cref="Trace"/>.</summary>
    public const string Category = "walk";

    private static readonly string[] Woven = ["RaftKv.Core", "RaftKv.Engine", "RaftKv.Api", "raftkv-node", "RaftKv.Evaluation"];

    private readonly TemporaryDirectory _directory = new();

    /// <summary>Weaves the steps into the assemblies that have them.</summary>
    /// <exception cref="InvalidOperationException">A step is no method of the product, or its name is not that of one type alone.</exception>
    public WovenContext(IReadOnlyList<WalkStep> steps)
        : base("walk")
    {
        var missing = steps.ToHashSet();
        foreach (var name in Woven)
        {
            using var assembly = AssemblyDefinition.ReadAssembly(PathOf(name));
            foreach (var step in steps)
            {
                foreach (var method in MethodsOf(assembly, step))
                {
                    missing.Remove(step);
                    Weave(method, step);
                }
            }

            assembly.Write(_directory.File(name + ".dll"));
        }

        if (missing.Count > 0)
        {
            throw new InvalidOperationException($"No type of the product has the method {string.Join(", ", missing)}.");
        }
    }

    /// <summary>Whether a method of the module's assembly, or what it makes of lambdas and asynchronous parts, calls another.</summary>
    public static bool Calls(WalkStep from, WalkStep to)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(PathOf("RaftKv"));
        return assembly.MainModule.Types.Where(type => type.Name == from.Type && type.Methods.Any(method => method.Name == from.Method))
            .SelectMany(type => type.NestedTypes.SelectMany(nested => nested.NestedTypes.Append(nested)).Append(type))
            .SelectMany(type => type.Methods).Where(method => method.HasBody)
            .SelectMany(method => method.Body.Instructions).Select(instruction => instruction.Operand).OfType<MethodReference>()
            .Any(called => called.Name == to.Method && called.DeclaringType.Name == to.Type);
    }

    /// <summary>Runs a scenario of this assembly among the copies.</summary>
    public Task RunAsync(string scenario) =>
        (Task)LoadFromAssemblyPath(typeof(WovenContext).Assembly.Location).GetType(typeof(WalkScenarios).FullName!, throwOnError: true)!
            .GetMethod(scenario, BindingFlags.Public | BindingFlags.Static)!.Invoke(null, null)!;

    public void Dispose() => _directory.Dispose();

    protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
    {
        { } name when Woven.Contains(name) => LoadFromAssemblyPath(_directory.File(name + ".dll")),
        "RaftKv.Tests" => LoadFromAssemblyPath(typeof(WovenContext).Assembly.Location),
        _ => null,
    };

    private static string PathOf(string assembly) => Path.Combine(AppContext.BaseDirectory, assembly + ".dll");

    private static IEnumerable<MethodDefinition> MethodsOf(AssemblyDefinition assembly, WalkStep step) =>
        assembly.MainModule.Types.Where(type => type.Name == step.Type).SelectMany(type => type.Methods)
            .Where(method => method.Name == step.Method && method.HasBody);

    private static void Weave(MethodDefinition method, WalkStep step)
    {
        var say = method.Module.ImportReference(typeof(Trace).GetMethod(nameof(Trace.WriteLine), [typeof(string), typeof(string)]));
        var body = method.Body.GetILProcessor();
        var first = method.Body.Instructions[0];
        body.InsertBefore(first, body.Create(OpCodes.Ldstr, step.ToString()));
        body.InsertBefore(first, body.Create(OpCodes.Ldstr, Category));
        body.InsertBefore(first, body.Create(OpCodes.Call, say));
    }
}
