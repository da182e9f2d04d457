using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RaftKv.Tests.Tidy;

/// <summary>
/// The order of the folders inside each project: a folder uses what lies below it and nothing above, so that there is no
/// circle, and each can be read without those above it. A folder is what its types are declared in, whatever their namespace.
/// </summary>
internal static class Rooms
{
    /// <summary>The folders of each project, from the lowest on; the empty name is the project's own folder.</summary>
    public static IReadOnlyDictionary<string, string[]> Order { get; } = new Dictionary<string, string[]>
    {
        ["Node/Core"] = ["Consensus", "Kv"],
        ["Node/Engine"] = ["Storage", "Faults", "Driver"],
        ["Node/Api"] = ["", "Protos", "Views", "Clusters", "Connections", "Clients", "Backups", "Launch"],
        ["Node/Host"] = ["", "Observability", "Processes", "Options", "Inspect", "Transport", "Services", "Agent", "Serving", "Commands"],
        ["Evaluation/RaftKv.Evaluation"] =
            ["Results", "Checking", "Measurement", "OtherSystems", "Chaos", "Cells", "Recoveries", "Experiments", "Runs", "Figures", "Reports"],
        ["PSModule/RaftKv"] =
            ["Bridge", "Base", "Records", "Arguments", "Cmdlets", "Data", "Log", "Servers", "Chaos", "Cluster", "Measure"],
    };

    /// <summary>What a project's sources use of folders above their own, in words.</summary>
    /// <param name="project">The project's folder.</param>
    /// <param name="sources">The text of its files by path from the root.</param>
    public static IEnumerable<string> Breaches(string project, IReadOnlyDictionary<string, string> sources)
    {
        var order = Order[project];
        foreach (var folder in sources.Keys.Select(file => FolderOf(project, file)).Distinct().Where(folder => !order.Contains(folder)))
        {
            yield return $"{project}/{folder} has no place in the order of {nameof(Rooms)}.{nameof(Order)}.";
        }

        var trees = sources.Select(source => CSharpSyntaxTree.ParseText(source.Value, path: source.Key)).ToList();
        var compilation = CSharpCompilation.Create(project, [.. trees, ImplicitUsings], References(project));
        var declared = trees.ToLookup(tree => FolderOf(project, tree.FilePath), NamesOf);
        foreach (var tree in trees)
        {
            var folder = FolderOf(project, tree.FilePath);
            var model = compilation.GetSemanticModel(tree);

            // What a name stands for is looked up only where a folder above declares that name at all: it takes long.
            var names = order.SkipWhile(room => room != folder).Skip(1).SelectMany(room => declared[room]).SelectMany(some => some).ToHashSet();
            var above = tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
                .Where(name => names.Contains(name.Identifier.Text))
                .SelectMany(name => DeclaredIn(model.GetSymbolInfo(name)).Select(file => (Name: name.Identifier.Text, Folder: FolderOf(project, file))))
                .Where(use => Array.IndexOf(order, use.Folder) > Array.IndexOf(order, folder))
                .Distinct();
            foreach (var use in above)
            {
                yield return $"{tree.FilePath} uses {use.Name} of {use.Folder}, which lies above it: {string.Join(" < ", order)}.";
            }
        }
    }

    /// <summary>The folder of a file inside its project.</summary>
    public static string FolderOf(string project, string file)
    {
        var inside = file[(project.Length + 1)..];
        return inside.LastIndexOf('/') is var end and >= 0 ? inside[..end] : "";
    }

    /// <summary>The names by which a file can be used: those of types, and of extension methods, whose type is not named.</summary>
    private static IEnumerable<string> NamesOf(SyntaxTree tree) => tree.GetRoot().DescendantNodes().Select(node => node switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        DelegateDeclarationSyntax type => type.Identifier.Text,
        MethodDeclarationSyntax { ParameterList.Parameters: [{ } first, ..] } method when first.Modifiers.Any(SyntaxKind.ThisKeyword) => method.Identifier.Text,
        _ => "",
    }).Where(name => name.Length > 0);

    private static SyntaxTree ImplicitUsings { get; } = CSharpSyntaxTree.ParseText(string.Concat(
        new[] { "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks" }
            .Select(name => $"global using {name};")));

    private static IReadOnlyList<PortableExecutableReference> Platform { get; } =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>What the tests run with, except what is compiled here.</summary>
    private static IEnumerable<MetadataReference> References(string project)
    {
        var own = Repository.WithEnding(".csproj").Where(path => Path.GetDirectoryName(path) == project).Select(Path.GetFileNameWithoutExtension).ToList();
        return Platform.Where(reference => Path.GetFileNameWithoutExtension(reference.FilePath) is var name
            && !own.Contains(name) && (name != "raftkv-node" || own.Single() != "RaftKv.Node"));
    }

    /// <summary>The files of the type that a name stands for, or of the one whose extension it is.</summary>
    private static IEnumerable<string> DeclaredIn(SymbolInfo found)
    {
        var type = (found.Symbol ?? found.CandidateSymbols.FirstOrDefault()) switch
        {
            INamedTypeSymbol named => named,
            IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.ReducedExtension } method => method.ContainingType,
            _ => null,
        };
        while (type?.ContainingType is { } outer)
        {
            type = outer;
        }

        return type?.OriginalDefinition.DeclaringSyntaxReferences.Select(reference => reference.SyntaxTree.FilePath).Where(path => path.Length > 0) ?? [];
    }
}
