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

    [Fact]
    public void TextOf_BytesThatAreNoText_IsNullRatherThanWrong()
    {
        Assert.Null(RaftValue.TextOf([0xC3, 0x28]));
        Assert.Equal("\u20ac", RaftValue.TextOf([0xE2, 0x82, 0xAC]));
        Assert.Equal("", RaftValue.TextOf([]));
    }
}
