using System.Text;
using RaftKv.Api;

namespace RaftKv.Tests.Api;

/// <summary>Keys as text: one to one, both ways.</summary>
public sealed class KeyTextTests
{
    [Theory]
    [InlineData("FF", @"\x{FF}")]
    [InlineData("EFBFBD", "\uFFFD")]
    [InlineData("C328", @"\x{C328}")]
    [InlineData("EDA080", @"\x{EDA080}")]
    [InlineData("610062", "a\0b")]
    [InlineData("5C787B46467D", @"\x{5C787B46467D}")]
    [InlineData("5C7846", @"\xF")]
    public void Of_AndBack_IsExact(string bytes, string text)
    {
        var key = Convert.FromHexString(bytes);
        Assert.Equal(text, KeyText.Of(key));
        Assert.Equal(key, KeyText.ToBytes(text));
    }

    [Fact]
    public void Of_AllKeysOfTwoBytes_NoTwoLookAlike()
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 65536; i++)
        {
            byte[] key = [(byte)(i >> 8), (byte)i];
            var text = KeyText.Of(key);
            Assert.True(texts.Add(text), text);
            Assert.Equal(key, KeyText.ToBytes(text));
        }
    }

    [Theory]
    [InlineData(@"\x{")]
    [InlineData(@"\x{F}")]
    [InlineData(@"\x{GG}")]
    [InlineData(@"\x{FF}tail")]
    public void ToBytes_WhatNoBytesSay_IsAnErrorWithTheWayOut(string text) =>
        Assert.Contains(@"\x{FF61}", Assert.Throws<FormatException>(() => KeyText.ToBytes(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void TryEncode_HalfOfAPair_IsNull()
    {
        // Not as arguments of a theory: attributes hold UTF-8, and would replace them.
        Assert.All(new[] { "a\uD800", "\uDC00b", "\uDCFF" }, text => Assert.Throws<FormatException>(() => KeyText.ToBytes(text)));
        Assert.Null(KeyText.TryEncode("\uD83D"));
        Assert.Equal(Encoding.UTF8.GetBytes("\uD83D\uDE00"), KeyText.TryEncode("\uD83D\uDE00"));
    }
}
