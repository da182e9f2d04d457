namespace RaftKv.Help;

/// <summary>Everything that the help of one cmdlet says.</summary>
internal sealed record CmdletHelp
{
    /// <summary>The verb.</summary>
    public required string Verb { get; init; }

    /// <summary>The noun.</summary>
    public required string Noun { get; init; }

    /// <summary>The first sentence: the class' summary.</summary>
    public required string Synopsis { get; init; }

    /// <summary>The class' remarks.</summary>
    public required IReadOnlyList<string> Description { get; init; }

    /// <summary>Its parameters by name.</summary>
    public required IReadOnlyList<ParameterHelp> Parameters { get; init; }

    /// <summary>Its parameter sets, the default one first.</summary>
    public required IReadOnlyList<string> ParameterSets { get; init; }

    /// <summary>Its examples.</summary>
    public required IReadOnlyList<ExampleHelp> Examples { get; init; }

    /// <summary>The full names of what it puts out.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>The full name.</summary>
    public string Name => $"{Verb}-{Noun}";

    /// <summary>What is missing: help that leaves a question open fails the build.</summary>
    public IEnumerable<string> Faults()
    {
        if (Synopsis.Length == 0)
        {
            yield return $"{Name} has no summary.";
        }

        if (Description.Count == 0)
        {
            yield return $"{Name} has no remarks.";
        }

        if (Examples.Count < 2)
        {
            yield return $"{Name} has {Examples.Count} examples and needs 2.";
        }

        foreach (ExampleHelp example in Examples.Where(example => example.Code.Length == 0 || example.Remarks.Length == 0))
        {
            yield return $"{Name} has an example without code or remarks: '{example.Code}'.";
        }

        foreach (ParameterHelp parameter in Parameters.Where(parameter => parameter.Description.Length == 0))
        {
            yield return $"{Name} -{parameter.Name} has no summary.";
        }
    }
}

/// <summary>One example.</summary>
/// <param name="Code">What to type.</param>
/// <param name="Remarks">What it does.</param>
internal sealed record ExampleHelp(string Code, string Remarks);

/// <summary>One parameter.</summary>
internal sealed record ParameterHelp
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its summary.</summary>
    public required string Description { get; init; }

    /// <summary>What can be said with it, a paragraph each; empty for most parameters.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Its type as PowerShell shows it.</summary>
    public required string TypeName { get; init; }

    /// <summary>The full name of its type.</summary>
    public required string FullTypeName { get; init; }

    /// <summary>Whether it is a switch.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>What it may be, for enumerations and sets of values.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Other names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Whether wildcards mean something.</summary>
    public bool SupportsWildcards { get; init; }

    /// <summary>How each parameter set has it; the name <c>__AllParameterSets</c> stands for all.</summary>
    public required IReadOnlyList<ParameterUse> Uses { get; init; }
}

/// <summary>How a parameter set has a parameter.</summary>
/// <param name="Set">The set's name.</param>
/// <param name="Mandatory">Whether it must be given.</param>
/// <param name="Position">Its position, or null for by name only.</param>
/// <param name="ByValue">Whether it takes whole objects of the pipeline.</param>
/// <param name="ByPropertyName">Whether it takes a property of objects of the pipeline.</param>
internal sealed record ParameterUse(string Set, bool Mandatory, int? Position, bool ByValue, bool ByPropertyName)
{
    /// <summary>The name that stands for all sets.</summary>
    public const string AllSets = "__AllParameterSets";

    /// <summary>How help shows pipeline input.</summary>
    public string PipelineInput => (ByValue, ByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };
}
