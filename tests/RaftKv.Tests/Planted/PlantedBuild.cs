using System.Reflection;
using RaftKv.Core.Consensus;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Planted;

/// <summary>
/// The core with the bugs of <c>tests/planted-bugs.txt</c>, so that the one that people read and run has none. Options say
/// which one a server has; without that it has none.
/// </summary>
internal static class PlantedBuild
{
    /// <summary>Names the bug that a whole server has, for example <c>CommitAlone</c>.</summary>
    public const string Variable = "RAFTKV_TEST_CORE_FAULT";

    /// <summary>What the changes refer to: the bug that options or else the environment ask for, and the question for it.</summary>
    private const string Switch =
        $$"""
        global using RaftKv.Tests.Planted;
        namespace RaftKv.Core.Consensus;

        public sealed partial record RaftOptions
        {
            private static readonly CoreFault Asked = Enum.Parse<CoreFault>(Environment.GetEnvironmentVariable("{{Variable}}") ?? "None");

            internal CoreFault {{nameof(CoreFault)}} { get; init; } = Asked;
        }

        public sealed partial class Raft
        {
            private bool Has(CoreFault fault) => _options.CoreFault == fault;
        }
        """;

    private static readonly SourceChange Opened =
        new("", ChangedCore.Sources + "Consensus/RaftOptions.cs", "public sealed record RaftOptions", "public sealed partial record RaftOptions");

    private static readonly Lazy<ChangedCore> Core = new(() => new ChangedCore(Changes, Additions));

    private static IEnumerable<SourceChange> Changes => [Opened, .. SourceChange.All()];

    private static IEnumerable<string> Additions => [Switch, Repository.Read("tests/RaftKv.Tests/Planted/CoreFault.cs")];

    /// <inheritdoc cref="ChangedCore.Call"/>
    public static T Call<T>(Type type, string method, params object?[] arguments) => Core.Value.Call<T>(type, method, arguments);

    /// <summary>The same options with a bug of the core planted.</summary>
    /// <exception cref="InvalidOperationException">This is not the core that can have one: see <see cref="Call"/>.</exception>
    public static RaftOptions With(this RaftOptions options, CoreFault fault)
    {
        if (fault == CoreFault.None)
        {
            return options;
        }

        var property = typeof(RaftOptions).GetProperty(nameof(CoreFault), BindingFlags.Instance | BindingFlags.NonPublic)
            ?? throw new InvalidOperationException($"This core has no bugs to choose from; {nameof(PlantedBuild)}.{nameof(Call)} runs one that does.");
        var copy = options with { };
        property.SetValue(copy, Enum.ToObject(property.PropertyType, (int)fault));
        return copy;
    }

    /// <summary>Copies a built server and gives the copy the core with bugs; <see cref="Variable"/> says which one it has.</summary>
    /// <param name="node">The folder of the built server.</param>
    /// <param name="target">A folder that is empty or not there yet.</param>
    public static void PlantServer(string node, string target)
    {
        foreach (var file in Directory.EnumerateFiles(node, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(node, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.WriteAllBytes(Path.Combine(target, ChangedCore.CoreName + ".dll"), ChangedCore.Compile(Changes, Additions));
    }
}
