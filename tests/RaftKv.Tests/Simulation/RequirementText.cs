using System.Runtime.CompilerServices;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// The words of a promise, put together only where it is broken: the judges ask millions of times and are content.
/// </summary>
[InterpolatedStringHandler]
internal ref struct RequirementText
{
    private DefaultInterpolatedStringHandler _text;

    public RequirementText(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        _text = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, System.Globalization.CultureInfo.InvariantCulture) : default;
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public string ToText() => _text.ToStringAndClear();
}
