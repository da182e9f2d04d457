using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using RaftKv.Core.Consensus;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Planted;

/// <summary>
/// The core with changed sources. It is compiled in memory and loaded with a second copy of everything that uses it, these
/// tests among them: what is called here runs on the changed core, and nothing else does.
/// </summary>
/// <param name="changes">What is changed.</param>
/// <param name="additions">Further sources.</param>
/// <param name="unloads">Whether <see cref="Unload"/> can let go of it, which makes it a little slower.</param>
internal sealed class ChangedCore(IEnumerable<SourceChange> changes, IEnumerable<string> additions, bool unloads = false)
{
    /// <summary>Where the core's sources are, from the root.</summary>
    public const string Sources = "Node/Core/";

    /// <summary>The name of its assembly.</summary>
    public const string CoreName = "RaftKv.Core";

    /// <summary>What the build adds to the sources; a server loads no assembly of an older version than it was built with.</summary>
    private static readonly string Preamble =
        $"""
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        [assembly: System.Reflection.AssemblyVersion("{typeof(Raft).Assembly.GetName().Version}")]
        [assembly: System.Runtime.CompilerServices.InternalsVisibleTo("RaftKv.Tests")]
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    private static readonly Lazy<Dictionary<string, SyntaxTree>> Unchanged = new(() => Repository.Files
        .Where(file => file.StartsWith(Sources, StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal))
        .ToDictionary(file => file, file => Parse(Repository.Read(file))));

    private static readonly Lazy<List<MetadataReference>> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("RaftKv.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    private readonly Context _context = new(Compile(changes, additions), unloads);

    /// <summary>Calls a static method of the tests' copy, and returns what it does.</summary>
    /// <typeparam name="T">What is returned: a type of the framework, since all others are not the same there.</typeparam>
    /// <param name="type">The type that has the method.</param>
    /// <param name="method">Its name.</param>
    /// <param name="arguments">Values of types of the framework.</param>
    public T Call<T>(Type type, string method, params object?[] arguments)
    {
        const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var there = _context.Tests.GetType(type.FullName!, throwOnError: true)!.GetMethod(method, Any)
            ?? throw new MissingMethodException(type.FullName, method);
        try
        {
            return (T)there.Invoke(null, arguments)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }

    /// <summary>Lets go of it, once nothing runs on it any more.</summary>
    public void Unload() => _context.Unload();

    /// <summary>The assembly.</summary>
    /// <exception cref="InvalidOperationException">It does not compile, or a text that is to be changed is not there once.</exception>
    public static byte[] Compile(IEnumerable<SourceChange> changes, IEnumerable<string> additions)
    {
        var trees = new Dictionary<string, SyntaxTree>(Unchanged.Value);
        foreach (var file in changes.GroupBy(change => change.File))
        {
            trees[file.Key] = Parse(file.Aggregate(Repository.Read(file.Key), (source, change) => change.Make(source)));
        }

        var compilation = CSharpCompilation.Create(
            CoreName,
            [.. trees.Values, Parse(Preamble), .. additions.Select(Parse)],
            References.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        return result.Success
            ? assembly.ToArray()
            : throw new InvalidOperationException(string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
    }

    private static SyntaxTree Parse(string source) => CSharpSyntaxTree.ParseText(source, Language);

    /// <summary>Everything of this project a second time, on the changed core; all else is shared.</summary>
    private sealed class Context(byte[] core, bool unloads) : AssemblyLoadContext("changed core", unloads)
    {
        private Assembly? _tests;

        public Assembly Tests => _tests ??= LoadFromAssemblyPath(typeof(ChangedCore).Assembly.Location);

        protected override Assembly? Load(AssemblyName name)
        {
            if (name.Name == CoreName)
            {
                return LoadFromStream(new MemoryStream(core));
            }

            var path = Path.Combine(AppContext.BaseDirectory, name.Name + ".dll");
            return name.Name!.StartsWith("RaftKv.", StringComparison.Ordinal) && File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
}
