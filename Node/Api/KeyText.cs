using System.Text;

namespace RaftKv.Api;

/// <summary>
/// Keys as text, one to one. A key that is UTF-8 is its text. One that is not is written <c>\x{FF61}</c>, its bytes in
/// hexadecimal, and so is a text that itself begins with <c>\x{</c>: no two keys look alike, and what is shown can be
/// typed. Thread-safe.
/// </summary>
public static class KeyText
{
    private const string Begin = @"\x{";
    private const string End = "}";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a key.</summary>
    public static string Of(ReadOnlySpan<byte> key) =>
        TryDecode(key) is { } text && !text.StartsWith(Begin, StringComparison.Ordinal) ? text : Begin + Convert.ToHexString(key) + End;

    /// <summary>The key of a text.</summary>
    /// <exception cref="FormatException">No bytes say exactly this; the message names the way out.</exception>
    public static byte[] ToBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith(Begin, StringComparison.Ordinal))
        {
            try
            {
                return text.EndsWith(End, StringComparison.Ordinal)
                    ? Convert.FromHexString(text.AsSpan(Begin.Length, text.Length - Begin.Length - End.Length))
                    : throw new FormatException();
            }
            catch (FormatException)
            {
                throw new FormatException($"What begins with {Begin} names a key by its bytes, as in {Begin}FF61{End}: pairs of hexadecimal digits and a closing brace.");
            }
        }

        return TryEncode(text) ?? throw new FormatException(
            $"It holds half of a surrogate pair, which has no UTF-8. A key that is no text is written by its bytes, as in {Begin}FF61{End}.");
    }

    /// <summary>The UTF-8 of a text, or null where it has none because half of a surrogate pair is missing.</summary>
    public static byte[]? TryEncode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return Strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The text that these bytes are, or null where they are not UTF-8.</summary>
    public static string? TryDecode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
