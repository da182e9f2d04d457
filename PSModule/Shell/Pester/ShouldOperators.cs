using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace RaftKv.Shell.Pester;

/// <summary>The operators of Should, and the sentences they fail with.</summary>
internal static class ShouldOperators
{
    private static readonly string[] WithExpected =
    [
        "Be", "BeExactly", "BeGreaterThan", "BeGreaterOrEqual", "BeLessThan", "BeLessOrEqual", "BeIn", "BeLike",
        "BeLikeExactly", "Contain", "HaveCount", "Match", "MatchExactly", "BeOfType",
    ];

    private static readonly string[] Plain = ["BeTrue", "BeFalse", "BeNullOrEmpty", "Exist"];

    private static readonly string[] WithContent =
        ["FileContentMatch", "FileContentMatchExactly", "FileContentMatchMultiline", "FileContentMatchMultilineExactly"];

    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["BeExactly"] = "CEQ",
        ["Be"] = "EQ",
        ["BeGreaterThan"] = "GT",
        ["BeGreaterOrEqual"] = "GE",
        ["BeLessThan"] = "LT",
        ["BeLessOrEqual"] = "LE",
        ["MatchExactly"] = "CMATCH",
        ["BeOfType"] = "HaveType",
    };

    internal static RuntimeDefinedParameterDictionary Parameters()
    {
        var all = new RuntimeDefinedParameterDictionary();
        string[] every = [.. WithExpected, .. Plain, .. WithContent, "Throw", "HaveParameter"];
        foreach (var name in every)
        {
            Collection<Attribute> attributes = [new ParameterAttribute { ParameterSetName = name, Mandatory = true }];
            if (Aliases.TryGetValue(name, out var alias))
            {
                attributes.Add(new AliasAttribute(alias));
            }

            all.Add(name, new RuntimeDefinedParameter(name, typeof(SwitchParameter), attributes));
        }

        Add(all, "Not", typeof(SwitchParameter), every, position: -1);
        Add(all, "Because", typeof(object), every, position: -1);
        Add(all, "ExpectedValue", typeof(object), WithExpected, position: 0, "ExpectedType");
        Add(all, "ExpectedContent", typeof(object), WithContent, position: 0);
        Add(all, "ExpectedMessage", typeof(string), ["Throw"], position: 0);
        Add(all, "ErrorId", typeof(string), ["Throw"], position: 1);
        Add(all, "ExceptionType", typeof(Type), ["Throw"], position: 2);
        Add(all, "PassThru", typeof(SwitchParameter), ["Throw"], position: -1);
        Add(all, "ParameterName", typeof(string), ["HaveParameter"], position: 0);
        Add(all, "Type", typeof(object), ["HaveParameter"], position: 1);
        Add(all, "DefaultValue", typeof(string), ["HaveParameter"], position: 2);
        Add(all, "Mandatory", typeof(SwitchParameter), ["HaveParameter"], position: -1);
        Add(all, "InParameterSet", typeof(string), ["HaveParameter"], position: 3);
        Add(all, "Alias", typeof(string[]), ["HaveParameter"], position: 4);
        return all;
    }

    internal static Outcome Evaluate(Check check) => check.Operator switch
    {
        "Be" or "BeExactly" => Equal(check),
        "BeGreaterThan" => Ordered(check, order => order > 0, "greater than", "less than or equal to"),
        "BeGreaterOrEqual" => Ordered(check, order => order >= 0, "greater than or equal to", "less than"),
        "BeLessThan" => Ordered(check, order => order < 0, "less than", "greater than or equal to"),
        "BeLessOrEqual" => Ordered(check, order => order <= 0, "less than or equal to", "greater than"),
        "BeIn" => In(check),
        "Contain" => Contains(check),
        "HaveCount" => Count(check),
        "BeTrue" or "BeFalse" => Truth(check),
        "BeNullOrEmpty" => NullOrEmpty(check),
        "BeOfType" => OfType(check),
        "BeLike" or "BeLikeExactly" or "Match" or "MatchExactly" => Text(check),
        "Exist" => Exists(check),
        "Throw" => ShouldThrow.Evaluate(check),
        "HaveParameter" => ShouldHaveParameter.Evaluate(check),
        _ when check.Operator.StartsWith("FileContentMatch", StringComparison.Ordinal) => FileContent(check),
        _ => throw new PSArgumentException("Should needs an operator such as -Be."),
    };

    internal static object? Bare(object? value) =>
        value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    internal static Outcome Decide(Check check, bool holds, string plain, string negated) =>
        new(holds != check.Negated ? null : check.Negated ? negated : plain);

    private static void Add(
        RuntimeDefinedParameterDictionary all, string name, Type type, string[] sets, int position, string? alias = null)
    {
        var attributes = new Collection<Attribute>();
        foreach (var set in sets)
        {
            var attribute = new ParameterAttribute { ParameterSetName = set };
            if (position >= 0)
            {
                attribute.Position = position;
            }

            attributes.Add(attribute);
        }

        attributes.Add(new AllowNullAttribute());
        attributes.Add(new AllowEmptyCollectionAttribute());
        attributes.Add(new AllowEmptyStringAttribute());
        if (alias is not null)
        {
            attributes.Add(new AliasAttribute(alias));
        }

        all.Add(name, new RuntimeDefinedParameter(name, type, attributes));
    }

    private static bool Same(object? expected, object? actual, bool ignoreCase)
    {
        var left = Bare(expected);
        var right = Bare(actual);
        var many = ValueText.Elements(left);
        var others = ValueText.Elements(right);
        if (many is null && others is null)
        {
            return left is null || right is null ? left is null && right is null : LanguagePrimitives.Equals(left, right, ignoreCase);
        }

        many ??= left is null ? [] : [left];
        others ??= right is null ? [] : [right];
        return many.Count == others.Count && many.Zip(others).All(pair => Same(pair.First, pair.Second, ignoreCase));
    }

    private static Outcome Equal(Check check)
    {
        var ignoreCase = check.Operator == "Be";
        var holds = Same(check.Expected, check.Actual, ignoreCase);
        var expected = ValueText.Of(check.Expected);
        var same = ignoreCase ? "the same" : "exactly the same";
        var negated = $"Expected {expected} to be different from the actual value,{check.Because} but got {same} value.";
        if (Bare(check.Expected) is string left && Bare(check.Actual) is string right)
        {
            return Decide(check, holds, ValueText.Difference(left, right, check.Because, ignoreCase), negated);
        }

        var because = check.Because.Length == 0 ? "," : "," + check.Because;
        return Decide(check, holds, $"Expected {expected}{because} but got {ValueText.Of(check.Actual)}.", negated);
    }

    private static Outcome Ordered(Check check, Func<int, bool> holds, string relation, string opposite)
    {
        var comparable = check.Actual is not null && check.Expected is not null;
        var order = comparable ? LanguagePrimitives.Compare(check.Actual, check.Expected, ignoreCase: true) : 0;
        var expected = ValueText.Of(check.Expected);
        var actual = ValueText.Of(check.Actual);
        return Decide(
            check,
            comparable && holds(order),
            $"Expected the actual value to be {relation} {expected},{check.Because} but got {actual}.",
            $"Expected the actual value to be {opposite} {expected},{check.Because} but got {actual}.");
    }

    private static Outcome In(Check check)
    {
        var members = ValueText.Elements(Bare(check.Expected)) ?? [check.Expected];
        var holds = members.Any(member => Same(member, check.Actual, ignoreCase: true));
        var shown = ValueText.Of(members);
        var actual = ValueText.Of(check.Actual);
        return Decide(
            check,
            holds,
            $"Expected collection {shown} to contain {actual},{check.Because} but it was not found.",
            $"Expected collection {shown} to not contain {actual},{check.Because} but it was found.");
    }

    private static Outcome Contains(Check check)
    {
        var members = Members(check);
        var holds = members.Any(member => Same(check.Expected, member, ignoreCase: true));
        var expected = ValueText.Of(check.Expected);
        var shown = ValueText.Of(members);
        return Decide(
            check,
            holds,
            $"Expected {expected} to be found in collection {shown},{check.Because} but it was not found.",
            $"Expected {expected} to not be found in collection {shown},{check.Because} but it was found.");
    }

    private static List<object?> Members(Check check) =>
        check.PipedNothing ? [] : ValueText.Elements(Bare(check.Actual)) ?? [check.Actual];

    private static Outcome Count(Check check)
    {
        var members = Members(check);
        var wanted = LanguagePrimitives.ConvertTo<int>(check.Expected);
        var kind = wanted == 0 ? "an empty collection" : $"a collection with size {wanted}";
        var shown = members.Count == 0 ? "an empty collection" : $"collection with size {members.Count} {ValueText.Of(members.Count == 1 ? members[0] : members)}";
        return Decide(
            check,
            members.Count == wanted,
            $"Expected {kind},{check.Because} but got {shown}.",
            $"Expected a collection with size different from {wanted},{check.Because} but got collection with that size {ValueText.Of(members)}.");
    }

    private static Outcome Truth(Check check)
    {
        var wanted = check.Operator == "BeTrue";
        var holds = LanguagePrimitives.IsTrue(check.Actual) == wanted;
        var actual = ValueText.Of(check.Actual);
        string Sentence(bool value) => $"Expected ${(value ? "true" : "false")},{check.Because} but got {actual}.";
        return Decide(check, holds, Sentence(wanted), Sentence(!wanted));
    }

    private static Outcome NullOrEmpty(Check check)
    {
        var actual = Bare(check.Actual);
        var holds = check.PipedNothing || actual is null or string { Length: 0 }
            || (actual is not string && LanguagePrimitives.GetEnumerable(actual) is { } many && !many.Cast<object>().Any())
            || actual is IDictionary { Count: 0 };
        return Decide(
            check,
            holds,
            $"Expected $null or empty,{check.Because} but got {ValueText.Of(check.Actual)}.",
            $"Expected a value,{check.Because} but got $null or empty.");
    }

    private static Outcome OfType(Check check)
    {
        var expected = check.Argument("ExpectedValue");
        var name = expected?.ToString() ?? string.Empty;
        if (expected is not Type type && !LanguagePrimitives.TryConvertTo(name.Trim('[', ']'), out type))
        {
            throw new PSArgumentException($"Could not find type [{name}]. Make sure that the assembly that contains that type is loaded.");
        }

        var actual = Bare(check.Actual);
        var shown = ValueText.Of(actual);
        var found = actual is null ? "$null" : ValueText.TypeName(actual.GetType());
        var wanted = ValueText.TypeName(type);
        return Decide(
            check,
            type.IsInstanceOfType(actual) || (type == typeof(PSCustomObject) && actual is PSObject),
            $"Expected the value to have type {wanted} or any of its subtypes,{check.Because} but got {shown} with type {found}.",
            $"Expected the value to not have type {wanted} or any of its subtypes,{check.Because} but got {shown} with type {found}.");
    }

    private static Outcome Text(Check check)
    {
        var actual = LanguagePrimitives.ConvertTo<string>(check.Actual) ?? string.Empty;
        var expected = LanguagePrimitives.ConvertTo<string>(check.Expected) ?? string.Empty;
        var exactly = check.Operator.EndsWith("Exactly", StringComparison.Ordinal);
        var like = check.Operator.StartsWith("BeLike", StringComparison.Ordinal);
        var holds = like
            ? WildcardPattern.Get(expected, exactly ? WildcardOptions.None : WildcardOptions.IgnoreCase).IsMatch(actual)
            : Regex.IsMatch(actual, expected, exactly ? RegexOptions.None : RegexOptions.IgnoreCase);
        var sensitively = exactly ? "case sensitively " : string.Empty;
        var kind = like ? (exactly ? "case sensitive like wildcard" : "like wildcard") : "regular expression";
        var tail = like ? string.Empty : sensitively;
        var quoted = ValueText.Of(check.Expected);
        var shown = ValueText.Of(check.Actual);
        return Decide(
            check,
            holds,
            $"Expected {kind} {quoted} to {tail}match {shown},{check.Because} but it did not match.",
            $"Expected {kind} {quoted} to not {tail}match {shown},{check.Because} but it did match.");
    }

    private static Outcome Exists(Check check)
    {
        // As in Pester, which takes the truth of what Test-Path says: several answers, whichever they are, are true.
        var paths = ValueText.Elements(Bare(check.Actual)) ?? [check.Actual];
        var holds = paths.Count > 1
            || paths.Any(path => LanguagePrimitives.ConvertTo<string>(path) is { Length: > 0 } text && check.Command.InvokeProvider.Item.Exists(text));
        var path = ValueText.Of(check.Actual);
        return Decide(
            check,
            holds,
            $"Expected path {path} to exist,{check.Because} but it did not exist.",
            $"Expected path {path} to not exist,{check.Because} but it did exist.");
    }

    private static Outcome FileContent(Check check)
    {
        var given = LanguagePrimitives.ConvertTo<string>(check.Actual);
        var path = check.Command.SessionState.Path.GetUnresolvedProviderPathFromPSPath(given);
        var exactly = check.Operator.EndsWith("Exactly", StringComparison.Ordinal);
        var options = exactly ? RegexOptions.None : RegexOptions.IgnoreCase;
        var pattern = check.Text("ExpectedContent") ?? string.Empty;
        var holds = !File.Exists(path) ? false : check.Operator.Contains("Multiline", StringComparison.Ordinal)
            ? Regex.IsMatch(File.ReadAllText(path), pattern, options | RegexOptions.Multiline)
            : File.ReadLines(path).Any(line => Regex.IsMatch(line, pattern, options));
        var sensitively = exactly ? "case sensitively " : string.Empty;
        return Decide(
            check,
            holds,
            $"Expected '{pattern}' to be {sensitively}found in file '{given}',{check.Because} but it was not found.",
            $"Expected '{pattern}' to not be {sensitively}found in file '{given}',{check.Because} but it was found.");
    }
}
