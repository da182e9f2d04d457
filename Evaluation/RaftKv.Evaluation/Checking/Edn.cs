using System.Globalization;
using System.Text;

namespace RaftKv.Evaluation.Checking;

/// <summary>
/// The part of edn that histories use: one map with keywords, strings, numbers, nil, true, false and collections, which
/// come as lists whatever their brackets. Keywords come as strings with their colon, strings without quotes; the two
/// cannot be mistaken where this is used. Numbers that are not whole and other words come as they are written. Brackets
/// nest to a depth that no history needs and no stack minds.
/// </summary>
internal sealed class Edn
{
    private const int MaxDepth = 32;

    private readonly string _text;
    private int _at;
    private int _depth;

    private Edn(string text) => _text = text;

    /// <exception cref="FormatException">It is not one map of these.</exception>
    public static Dictionary<string, object?> ParseMap(string text)
    {
        var parser = new Edn(text);
        if (parser.Next() != '{')
        {
            throw parser.Error("a map is expected");
        }

        parser._at++;
        var map = new Dictionary<string, object?>(StringComparer.Ordinal);
        while (parser.Next() != '}')
        {
            if (parser.Value() is not string key || !map.TryAdd(key, parser.Value()))
            {
                throw parser.Error("a keyword is expected, each once");
            }
        }

        parser._at++;
        return parser.Next() == '\0' ? map : throw parser.Error("something follows the map");
    }

    private char Next()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == ','))
        {
            _at++;
        }

        // A comment goes on to the end of the line.
        _at = _at < _text.Length && _text[_at] == ';' ? _text.Length : _at;
        return _at < _text.Length ? _text[_at] : '\0';
    }

    private object? Value()
    {
        switch (Next())
        {
            case '"':
                return String();
            case '[':
                return Items(']');
            case '(':
                return Items(')');
            case '{':
                return Items('}');
            case '#' when _at + 1 < _text.Length && _text[_at + 1] == '{':
                _at++;
                return Items('}');
            case '\0':
                throw Error("the line ends too early");
            default:
                return Word();
        }
    }

    private List<object?> Items(char end)
    {
        if (++_depth > MaxDepth)
        {
            throw Error($"brackets nest deeper than {MaxDepth}");
        }

        _at++;
        var items = new List<object?>();
        while (Next() != end)
        {
            items.Add(Value());
        }

        _depth--;
        _at++;
        return items;
    }

    private string String()
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != '"'; _at++)
        {
            if (_text[_at] != '\\')
            {
                text.Append(_text[_at]);
                continue;
            }

            text.Append(++_at < _text.Length ? Escaped(_text[_at]) : throw Error("the line ends in an escape"));
        }

        return _at++ < _text.Length ? text.ToString() : throw Error("a string is not closed");
    }

    private char Escaped(char letter) => letter switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '"' or '\\' => letter,
        'u' when _at + 4 < _text.Length
            && ushort.TryParse(_text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) => Skip(4, (char)code),
        _ => throw Error($"unknown escape '\\{letter}'"),
    };

    private char Skip(int count, char result)
    {
        _at += count;
        return result;
    }

    private object? Word()
    {
        var start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && !"{}[](),;\"".Contains(_text[_at], StringComparison.Ordinal))
        {
            _at++;
        }

        var word = _text[start.._at];
        return word switch
        {
            "nil" => null,
            "true" => true,
            "false" => false,
            [':', _, ..] => word,
            _ when long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
            { Length: > 0 } when word != ":" => word,
            _ => throw Error($"'{(word.Length > 0 ? word : _text[_at..Math.Min(_at + 1, _text.Length)])}' is not understood"),
        };
    }

    private FormatException Error(string what) => new($"{what}, at column {_at + 1}");
}
