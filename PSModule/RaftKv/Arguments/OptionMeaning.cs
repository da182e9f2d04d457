using RaftKv.Bridge;

namespace RaftKv.Arguments;

/// <summary>What options mean, in the words of their comments, which the build lays beside the help.</summary>
internal static class OptionMeaning
{
    private const string FileName = "RaftKv.Options.txt";

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Known = new(Read);

    /// <summary>What an option means; the name where the words are not there.</summary>
    public static string Of(string name) => Known.Value.GetValueOrDefault(name, name);

    private static Dictionary<string, string> Read()
    {
        string path = Path.Combine(ModuleBridge.ModuleDirectory, "en-US", FileName);
        return File.Exists(path)
            ? File.ReadLines(path).Select(line => line.Split('\t', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1])
            : [];
    }
}
