using System.Collections;
using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Arguments;

namespace RaftKv.Tests.PSModule;

/// <summary>Servers and values as arguments.</summary>
public sealed class ArgumentTests
{
    private static readonly ServerSpec[] Servers =
        [.. Enumerable.Range(1, 12).Select(id => new ServerSpec(id, $"n{id}", new Uri($"http://127.0.0.1:{20000 + id}")))];

    [Theory]
    [InlineData("3", "3")]
    [InlineData("n3", "3")]
    [InlineData("N3", "3")]
    [InlineData("n1*", "1,10,11,12")]
    [InlineData("n[2-3]", "2,3")]
    [InlineData("*", "1,2,3,4,5,6,7,8,9,10,11,12")]
    [InlineData("n13", "")]
    [InlineData("13", "")]
    [InlineData("[", "")]
    [InlineData("n[1", "")]
    public void Select_IdOrNameWithWildcards_FindsServers(string pattern, string ids) =>
        Assert.Equal(ids, string.Join(',', RaftServerReference.Select(pattern, Servers).Select(server => server.Id)));

    [Theory]
    [InlineData(7)]
    [InlineData("n7")]
    public void RaftServerReference_IsMadeByPowerShellsOwnConversion(object argument)
    {
        var references = LanguagePrimitives.ConvertTo<RaftServerReference[]>(new[] { argument });
        Assert.Equal(7, RaftServerReference.Select(Assert.Single(references).Pattern, Servers).Single().Id);
    }

    [Fact]
    public void RaftServerReference_ServerAndLeaderObjects_MeanTheirIds()
    {
        object[] argument = [new RaftServer { Id = 2, Name = "n2" }, PSObject.AsPSObject(new RaftLeader { Id = 3 })];
        var references = LanguagePrimitives.ConvertTo<RaftServerReference[]>(argument);
        Assert.Equal(["2", "3"], references.Select(reference => reference.Pattern));
    }

    [Fact]
    public void ToBytes_Text_IsUtf8() => Assert.Equal("gr\u00fcn"u8.ToArray(), ValueArgument.ToBytes("gr\u00fcn", out _));

    [Fact]
    public void ToBytes_Bytes_StayAsTheyAre()
    {
        byte[] bytes = [0, 255, 128];
        Assert.Equal(bytes, ValueArgument.ToBytes(PSObject.AsPSObject(bytes), out _));
        Assert.Equal(bytes, ValueArgument.ToBytes(new object[] { (byte)0, (byte)255, PSObject.AsPSObject((byte)128) }, out _));
    }

    [Fact]
    public void ToBytes_AnObject_IsRefusedWithTheWayOut()
    {
        Assert.Null(ValueArgument.ToBytes(new { A = 1 }, out string reason));
        Assert.Contains("ConvertTo-Json", reason, StringComparison.Ordinal);
        Assert.Null(ValueArgument.ToBytes(42, out _));
        Assert.Null(ValueArgument.ToBytes(null, out _));
    }

    /// <summary>Nothing that holds nothing is a value, but for what says of itself that it is text or bytes.</summary>
    [Fact]
    public void ToBytes_AnEmptyCollection_IsNoValue()
    {
        object[] collections =
        [
            new Hashtable(), new ArrayList(), new Queue(), Array.Empty<object>(), new List<string>(), new Dictionary<string, int>(), new HashSet<byte>(), new Queue<byte>([1]),
            new int[] { 1 }, new sbyte[] { -1 }, new ConsoleColor[] { default }, "text".ToCharArray(),
        ];
        Assert.All(collections, collection => Assert.Null(ValueArgument.ToBytes(PSObject.AsPSObject(collection), out _)));
        Assert.All<object>(["", Array.Empty<byte>(), new List<byte>()], nothing => Assert.Empty(ValueArgument.ToBytes(nothing, out _)!));
    }

    [Fact]
    public void ToBytes_HalfOfASurrogatePair_IsRefusedRatherThanReplaced()
    {
        Assert.Null(ValueArgument.ToBytes("a\uD800", out string reason));
        Assert.Contains("surrogate", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void PipedValue_StringWithThePathOfItsFile_IsItsTextAndNotTheFile()
    {
        PSObject line = PSObject.AsPSObject("a line");
        line.Properties.Add(new PSNoteProperty("PSPath", "/etc/hostname"));
        Assert.Equal(new PipedValue("a line", null, NamesItsValue: false), PipedValue.Of(line));
    }

    [Fact]
    public void PipedValue_ObjectsAndFiles_SayWhatTheValueIs()
    {
        PSObject row = new();
        row.Properties.Add(new PSNoteProperty("Value", "v"));
        Assert.Equal(new PipedValue("v", null, NamesItsValue: true), PipedValue.Of(row));
        Assert.Equal("v", PipedValue.Of(PSObject.AsPSObject(new DictionaryEntry("k", "v"))).Value);
        Assert.EndsWith("some.file", PipedValue.Of(PSObject.AsPSObject(new FileInfo("some.file"))).FilePath, StringComparison.Ordinal);
        byte[] bytes = [0xFF];
        Assert.Same(bytes, PipedValue.Of(PSObject.AsPSObject(new RaftValue { Key = "k", Value = null, Bytes = bytes })).Value);
    }

    /// <summary>What Export-Csv, ConvertTo-Json and Export-Clixml make of a pair whose value is no text, and what comes back.</summary>
    [Fact]
    public void PipedValue_PairThatComesBackFromAFile_IsItsBytesOrAnError()
    {
        Assert.Equal([1, 255], ValueArgument.ToBytes(PipedValue.Of(Pair(null, new byte[] { 1, 255 })).Value, out _));
        Assert.Equal([1, 255], ValueArgument.ToBytes(PipedValue.Of(Pair(null, new object[] { 1L, 255L })).Value, out _));
        Assert.Empty(ValueArgument.ToBytes(PipedValue.Of(Pair("", Array.Empty<object>())).Value, out _)!);
        Assert.Equal("text", PipedValue.Of(Pair("text", "System.Byte[]")).Value);
        Assert.Equal("", PipedValue.Of(Pair("", bytes: null, hasBytes: false)).Value);
        Assert.All<object>(["System.Byte[]", new object[] { 256L }, new object[] { -1 }, 5], lost =>
        {
            Assert.Null(ValueArgument.ToBytes(PipedValue.Of(Pair("", lost)).Value, out string reason));
            Assert.Contains("Export-Clixml", reason, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("DelayMs", "1,5", "no number")]
    [InlineData("DelayMs", "fast", "no number")]
    [InlineData("To", 1.6, "no whole number")]
    [InlineData("To", "1.6", "no whole number")]
    [InlineData("Blocked", "maybe", "not True or False")]
    public void ToLinks_AValueThatIsNotExact_IsRefusedWithItsName(string name, object value, string fault)
    {
        Hashtable link = new() { ["From"] = 1, ["To"] = 3, [name] = value };
        var error = Assert.Throws<ArgumentTransformationMetadataException>(() => LinkTransformationAttribute.ToLinks(link));
        Assert.Contains($"{name} is '{value}', which is {fault}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToLinks_TextsOfACsv_AreRead()
    {
        var link = Assert.Single(LinkTransformationAttribute.ToLinks(new Hashtable { ["From"] = "1", ["To"] = "3", ["DelayMs"] = "1.5", ["Blocked"] = "False", ["DropRate"] = "" }));
        Assert.Equal((1, 3, 1.5, false), (link.From, link.To, link.DelayMs, link.Blocked));
    }

    private static PSObject Pair(string? value, object? bytes, bool hasBytes = true)
    {
        PSObject pair = new();
        pair.Properties.Add(new PSNoteProperty("Value", value));
        if (hasBytes)
        {
            pair.Properties.Add(new PSNoteProperty("Bytes", bytes));
        }

        return pair;
    }

    [Theory]
    [InlineData("plain gr\u00fcn \U0001F600", "plain gr\u00fcn \U0001F600")]
    [InlineData("\u001b[31m", "`e[31m")]
    [InlineData("a\0\n\t\u0085", "a`0`n`t`u{85}")]
    [InlineData("\u202Eabc\u200B", "`u{202E}abc`u{200B}")]
    [InlineData(null, null)]
    public void Visible_WhatATerminalWouldActOn_IsEscaped(string? text, string? shown) => Assert.Equal(shown, RaftText.Visible(text));

    [Fact]
    public void Visible_HalfOfAPair_IsEscaped() => Assert.Equal("`u{D800}x`u{DC00}", RaftText.Visible("\uD800x\uDC00"));

    [Fact]
    public void RaftException_MessageWithControlBytes_KeepsItsLinesAndNothingElse() =>
        Assert.Equal("one\ntwo`e[2J", new RaftException("Id", "one\ntwo\u001b[2J").Message);

    [Fact]
    public void Completion_OfAKeyWithControlBytes_IsTypedWithEscapes()
    {
        CompletionResult found = Assert.Single(Completion.Of([("a\u001b$\"`", "tip\u001b")], "a"));
        Assert.Equal("\"a`e`$`\"``\"", found.CompletionText);
        Assert.DoesNotContain('\u001b', found.ListItemText + found.ToolTip);
    }

    [Fact]
    public void TextOf_BytesThatAreNoText_IsNullRatherThanWrong()
    {
        Assert.Null(RaftValue.TextOf([0xC3, 0x28]));
        Assert.Equal("\u20ac", RaftValue.TextOf([0xE2, 0x82, 0xAC]));
        Assert.Equal("", RaftValue.TextOf([]));
    }
}
