using System.Globalization;
using System.Text;

namespace RaftKv;

/// <summary>Text that others wrote, made fit for a terminal.</summary>
public static class RaftText
{
    /// <summary>
    /// The text with everything that a terminal would act on, or that has no look of its own, written as PowerShell writes
    /// it between double quotes: <c>`e</c>, <c>`0</c>, <c>`n</c>, <c>`u{202E}</c>. For looking at; data stays as it is.
    /// </summary>
    /// <param name="text">Any text; null gives null.</param>
    public static string? Visible(string? text) => text is null || !text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? text : Escape(text, "");

    /// <summary>A message with its line breaks, and nothing else that a terminal would act on.</summary>
    internal static string Message(string text) => Escape(text, "\r\n\t");

    /// <summary>Whether a text has to be escaped before it is shown.</summary>
    internal static bool IsUnsafe(string text) => !string.Equals(Visible(text), text, StringComparison.Ordinal);

    private static string Escape(string text, string except)
    {
        StringBuilder shown = new(text.Length);
        for (int at = 0; at < text.Length;)
        {
            bool isWhole = Rune.TryGetRuneAt(text, at, out Rune rune);
            if (isWhole && (!IsActive(rune) || except.Contains(text[at], StringComparison.Ordinal)))
            {
                shown.Append(text, at, rune.Utf16SequenceLength);
            }
            else
            {
                shown.Append(Escaped(isWhole ? rune.Value : text[at]));
            }

            at += isWhole ? rune.Utf16SequenceLength : 1;
        }

        return shown.ToString();
    }

    private static bool IsActive(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Escaped(int value) => value switch
    {
        0 => "`0",
        '\a' => "`a",
        '\b' => "`b",
        '\t' => "`t",
        '\n' => "`n",
        '\r' => "`r",
        0x1B => "`e",
        _ => $"`u{{{value:X}}}",
    };
}
