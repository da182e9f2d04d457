using System.Management.Automation;
using System.Management.Automation.Language;

namespace RaftKv.Shell.Pester;

/// <summary>Should -HaveParameter: looks at the parameters of a command.</summary>
internal static class ShouldHaveParameter
{
    private static readonly string[] Questions = ["InParameterSet", "Mandatory", "Type", "DefaultValue"];

    internal static Outcome Evaluate(Check check)
    {
        if (ShouldOperators.Bare(check.Actual) is not CommandInfo command || command is ApplicationInfo)
        {
            throw new PSArgumentException("Input value must be non-null CommandInfo object. You can get one by calling Get-Command.");
        }

        var name = check.Text("ParameterName") ?? string.Empty;
        var set = check.Text("InParameterSet") ?? string.Empty;
        var inSet = set.Length == 0 ? string.Empty : $" in parameter set {set}";
        List<string> wanted = [$"to{(check.Negated ? " not" : string.Empty)} have a parameter {name}{inSet}"];
        List<string> found = [];
        command.Parameters.TryGetValue(name, out var parameter);
        var places = parameter?.Attributes.OfType<ParameterAttribute>()
            .Where(place => set.Length == 0 || place.ParameterSetName.Equals(set, StringComparison.OrdinalIgnoreCase)).ToList() ?? [];
        var asksMore = Questions.Any(check.Bound.ContainsKey);
        var isThere = parameter is not null && (set.Length == 0 || places.Count > 0);
        if (!isThere && check.Negated)
        {
            return default;
        }

        if (!isThere)
        {
            found.Add("the parameter is missing");
        }
        else if (check.Negated && (!asksMore || set.Length > 0))
        {
            found.Add("the parameter exists");
        }
        else
        {
            Details(check, command, parameter!, places, wanted, found);
        }

        return found.Count == 0 ? default
            : new Outcome($"Expected command {command.Name} {Joined(wanted, 3)},{check.Because} but {Joined(found, 2)}.");
    }

    private static void Details(
        Check check, CommandInfo command, ParameterMetadata parameter, List<ParameterAttribute> places, List<string> wanted, List<string> found)
    {
        if (LanguagePrimitives.IsTrue(check.Argument("Mandatory")))
        {
            var holds = places.Any(place => place.Mandatory);
            wanted.Add(check.Negated ? "which is not mandatory" : "which is mandatory");
            Note(holds, "it was mandatory", "it wasn't mandatory");
        }

        if (check.Argument("Type") is { } given)
        {
            var type = TypeOf(given);
            wanted.Add($"{(check.Negated ? "not " : string.Empty)}of type [{type.FullName}]");
            var has = $"it was of type [{parameter.ParameterType.FullName}]";
            Note(type == parameter.ParameterType, has, has);
        }

        if (check.Bound.ContainsKey("DefaultValue"))
        {
            var expected = check.Text("DefaultValue") ?? string.Empty;
            var actual = DefaultOf(command, parameter.Name);
            wanted.Add($"the default value{(check.Negated ? " not" : string.Empty)} to be {ValueText.Of(expected)}");
            var has = $"the default value was {ValueText.Of(actual)}";
            Note(string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase), has, has);
        }

        if (check.Argument("Alias") is { } aliases)
        {
            var names = LanguagePrimitives.ConvertTo<string[]>(aliases);
            wanted.Add($"with{(check.Negated ? "out" : string.Empty)} alias{(names.Length > 1 ? "es" : string.Empty)} {Quoted(names)}");
            var faulty = names.Where(alias => parameter.Aliases.Contains(alias, StringComparer.OrdinalIgnoreCase) == check.Negated).ToArray();
            if (faulty.Length > 0)
            {
                var article = faulty.Length == 1 ? "an alias" : "the aliases";
                found.Add($"it {(check.Negated ? "has" : "didn't have")} {article} {Quoted(faulty)}");
            }
        }

        void Note(bool holds, string present, string absent)
        {
            if (holds == check.Negated)
            {
                found.Add(holds ? present : absent);
            }
        }
    }

    private static Type TypeOf(object given)
    {
        if (given is Type known)
        {
            return known;
        }

        var name = (given.ToString() ?? string.Empty).Trim('[', ']');
        return LanguagePrimitives.TryConvertTo<Type>(name, out var type) ? type
            : throw new PSArgumentException($"Could not find type [{name}]. Make sure that the assembly that contains that type is loaded.");
    }

    /// <summary>The default as the function's source says it; a variable such as $true without its sign, $null as nothing.</summary>
    private static string DefaultOf(CommandInfo command, string name)
    {
        var body = command is AliasInfo { ResolvedCommand: { } target } ? target : command;
        var tree = body switch
        {
            FunctionInfo function => function.ScriptBlock.Ast,
            ExternalScriptInfo script => script.ScriptBlock.Ast,
            _ => throw new PSArgumentException("Using -DefaultValue is only supported for functions and scripts."),
        };
        var parameters = tree is FunctionDefinitionAst definition
            ? definition.Parameters ?? definition.Body.ParamBlock?.Parameters
            : ((ScriptBlockAst)tree).ParamBlock?.Parameters;
        var value = parameters?.FirstOrDefault(
            parameter => parameter.Name.VariablePath.UserPath.Equals(name, StringComparison.OrdinalIgnoreCase))?.DefaultValue;
        return value switch
        {
            null => string.Empty,
            ConstantExpressionAst constant => LanguagePrimitives.ConvertTo<string>(constant.Value),
            ExpandableStringExpressionAst text => text.Value,
            VariableExpressionAst { VariablePath.UserPath: var variable } when variable.ToUpperInvariant() is "TRUE" or "FALSE" => variable,
            VariableExpressionAst { VariablePath.UserPath: var variable } when variable.ToUpperInvariant() is "NULL" => string.Empty,
            _ => value.Extent.Text,
        };
    }

    private static string Quoted(string[] names) => Joined([.. names.Select(name => $"'{name}'")], 2);

    private static string Joined(List<string> parts, int threshold) => parts.Count < threshold
        ? string.Join(", ", parts)
        : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";
}
