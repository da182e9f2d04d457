using System.Management.Automation;

namespace RaftKv.Arguments;

/// <summary>A name as an argument: without regard to case, and with wildcards. One with a bracket that is not closed is a name like any other, which nothing has.</summary>
internal readonly struct NamePattern
{
    private readonly string _text;
    private readonly WildcardPattern? _wildcard;

    public NamePattern(string text)
    {
        _text = text;
        _wildcard = IsSound(text) ? WildcardPattern.Get(text, WildcardOptions.IgnoreCase) : null;
    }

    /// <summary>Whether finding nothing is fine, because it picks from a set.</summary>
    public bool MayBeEmpty => _wildcard is not null && WildcardPattern.ContainsWildcardCharacters(_text);

    /// <summary>Whether it means this name.</summary>
    public bool IsMatch(string name) => _wildcard?.IsMatch(name) ?? string.Equals(_text, name, StringComparison.OrdinalIgnoreCase);

    private static bool IsSound(string text)
    {
        try
        {
            _ = WildcardPattern.Get(text, WildcardOptions.IgnoreCase).IsMatch("");
            return true;
        }
        catch (WildcardPatternException)
        {
            return false;
        }
    }
}
