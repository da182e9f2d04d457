using System.Text;
using System.Text.Unicode;

namespace RaftKv.Node.Inspect;

/// <summary>Bytes as people can read them: text when it is text, else hexadecimal.</summary>
internal static class Preview
{
    /// <summary>At most about <paramref name="maxLength"/> characters.</summary>
    public static string Of(ReadOnlySpan<byte> bytes, int maxLength)
    {
        var cut = bytes.Length > maxLength;
        var text = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        if (text is not null && !text.Any(char.IsControl))
        {
            return text.Length > maxLength ? text[..(maxLength - 1)] + "…" : text;
        }

        var shown = bytes[..Math.Min(bytes.Length, (maxLength / 2) - 2)];
        return "0x" + Convert.ToHexStringLower(shown) + (cut || shown.Length < bytes.Length ? "…" : "");
    }
}
