using System.Xml.Linq;

namespace RaftKv.Tests.Tidy;

/// <summary>
/// The reference table of the design: which project may use which project and package. A wall that only a document
/// knows is gone within a month, so a reference that is not listed here fails the build.
/// </summary>
internal static class Walls
{
    private static readonly string[] BuildOnly = ["Microsoft.CodeAnalysis.BannedApiAnalyzers"];

    /// <summary>What each project may reference at run time.</summary>
    public static IReadOnlyDictionary<string, string[]> Allowed { get; } = new Dictionary<string, string[]>
    {
        ["RaftKv.Core"] = [],
        ["RaftKv.Api"] = ["Google.Protobuf", "Grpc.Net.Client", "Grpc.HealthCheck", "Grpc.Tools", "System.IO.Hashing"],
        ["RaftKv.Engine"] = ["RaftKv.Core"],
        ["RaftKv.Node"] =
        [
            "RaftKv.Core", "RaftKv.Engine", "RaftKv.Api", "Grpc.AspNetCore", "Grpc.HealthCheck",
            "Grpc.Reflection", "System.CommandLine",
        ],
        ["RaftKv.Evaluation"] =
            ["RaftKv.Api", "CsvHelper", "HdrHistogram", "ScottPlot", "SkiaSharp.NativeAssets.Linux.NoDependencies"],
        ["RaftKv"] = ["RaftKv.Api", "RaftKv.Evaluation", "System.Management.Automation"],
        ["RaftKv.Help"] = ["System.Reflection.MetadataLoadContext"],
        ["RaftKv.Shell"] = ["Microsoft.PowerShell.SDK"],
    };

    /// <summary>Packages of which a project uses the files alone.</summary>
    public static IReadOnlyDictionary<string, string[]> FilesOnly { get; } = new Dictionary<string, string[]>
    {
        ["RaftKv.Shell"] = ["Pester"],
    };

    /// <summary>References that only order the build: they put nothing into the referring program.</summary>
    public static IReadOnlyDictionary<string, string[]> BuildOrderOnly { get; } = new Dictionary<string, string[]>
    {
        ["RaftKv"] = ["RaftKv.Node", "RaftKv.Help"],
        ["RaftKv.Shell"] = ["RaftKv"],
    };

    /// <summary>What a project file refers to beyond the table, in words.</summary>
    public static IEnumerable<string> Breaches(string project, XDocument file)
    {
        foreach (var reference in file.Descendants("ProjectReference"))
        {
            var target = Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/'));
            var orderOnly = (string?)reference.Attribute("ReferenceOutputAssembly") == "false";
            var table = orderOnly ? BuildOrderOnly : Allowed;
            if (!table.TryGetValue(project, out var allowed) || !allowed.Contains(target))
            {
                yield return $"{project} may not reference the project {target}{(orderOnly ? " for build order" : "")}.";
            }
        }

        foreach (var reference in file.Descendants("PackageReference"))
        {
            var target = (string)reference.Attribute("Include")!;
            if (!BuildOnly.Contains(target) && !Allowed[project].Contains(target))
            {
                yield return $"{project} may not reference the package {target}.";
            }

            if (reference.Attribute("Version") is not null)
            {
                yield return $"{project} pins {target} itself; versions stand in Directory.Packages.props only.";
            }
        }

        foreach (var download in file.Descendants("PackageDownload"))
        {
            var target = (string)download.Attribute("Include")!;
            if (!FilesOnly.TryGetValue(project, out var allowed) || !allowed.Contains(target))
            {
                yield return $"{project} may not download the package {target}.";
            }

            if (((string?)download.Attribute("Version"))?.Any(char.IsDigit) != false)
            {
                yield return $"{project} pins {target} itself; versions stand in Directory.Packages.props only.";
            }
        }
    }
}
