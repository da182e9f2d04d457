namespace RaftKv.Evaluation.Results;

/// <summary>
/// What the column Options holds: first what an experiment varies that has no column of its own, then the effective
/// options of the servers, all as <c>name=value;...</c>.
/// </summary>
internal static class OptionText
{
    /// <summary>Which fault is done.</summary>
    public const string Fault = "Fault";

    /// <summary>How candidates treat each other.</summary>
    public const string Candidates = "Candidates";

    /// <summary>Which optimisation is off.</summary>
    public const string Off = "Off";

    private static readonly string[] Variations = [Fault, Candidates, Off];

    /// <summary>Joins a variation, which may be empty, and the options.</summary>
    public static string Join(string variation, string options) => variation.Length == 0 ? options : $"{variation};{options}";

    /// <summary>The variation of a text, or empty.</summary>
    public static string VariationOf(string options) =>
        options.Split(';').FirstOrDefault(o => Array.IndexOf(Variations, o.Split('=')[0]) >= 0) ?? "";

    /// <summary>A variation in words.</summary>
    public static string Describe(string variation) => variation.Split('=') switch
    {
        [Fault, "None"] => "no fault",
        [Off, "Nothing"] => "everything on",
        [Off, var name] => $"without {Words(name)}",
        [Candidates, var name] => $"candidates {Words(name)}",
        [_, var name] => Words(name),
        _ => variation,
    };

    private static string Words(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? " " : "") + char.ToLowerInvariant(c) : c.ToString()));
}
