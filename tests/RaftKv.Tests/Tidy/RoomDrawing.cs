using System.Text;

namespace RaftKv.Tests.Tidy;

/// <summary>The drawing of projects and folders in CONTRIBUTING, made of the tables that the other tests hold the code to.</summary>
internal static class RoomDrawing
{
    /// <summary>The page that holds it.</summary>
    public const string Page = "CONTRIBUTING.md";

    private const string Begin = "```mermaid\n";
    private const string End = "```\n";

    /// <summary>The page with the drawing as the tables have it.</summary>
    public static string On(string page)
    {
        var from = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        return from >= Begin.Length
            ? page[..from] + Text() + page[page.IndexOf(End, from, StringComparison.Ordinal)..]
            : throw new InvalidDataException($"{Page} holds no drawing: write {Begin.TrimEnd()} where it belongs.");
    }

    private static string Text()
    {
        var text = new StringBuilder("flowchart TB\n");
        var projects = Repository.WithEnding(".csproj").Where(path => !path.StartsWith("tests/", StringComparison.Ordinal))
            .ToDictionary(path => Path.GetFileNameWithoutExtension(path), path => Path.GetDirectoryName(path)!.Replace('\\', '/'));
        foreach (var (_, folder) in projects.OrderBy(project => project.Value, StringComparer.Ordinal))
        {
            var id = Id(folder);
            if (!Rooms.Order.TryGetValue(folder, out var order))
            {
                text.Append($"  {id}[{folder}]\n");
                continue;
            }

            text.Append($"  subgraph {id}[{folder}]\n    direction TB\n    ");
            text.AppendJoin(" --> ", order.Reverse().Select(room => $"{id}_{room.Replace('/', '_')}[{(room.Length == 0 ? "\"*.cs\"" : room)}]"));
            text.Append("\n  end\n");
        }

        foreach (var (project, allowed) in Walls.Allowed)
        {
            foreach (var target in allowed.Where(projects.ContainsKey))
            {
                text.Append($"  {Id(projects[project])} --> {Id(projects[target])}\n");
            }
        }

        foreach (var (project, allowed) in Walls.BuildOrderOnly)
        {
            foreach (var target in allowed)
            {
                text.Append($"  {Id(projects[project])} -. build order .-> {Id(projects[target])}\n");
            }
        }

        return text.ToString();
    }

    private static string Id(string folder) => folder.Replace('/', '_').Replace('.', '_');
}
