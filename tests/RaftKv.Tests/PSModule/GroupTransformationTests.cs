using System.Management.Automation;

namespace RaftKv.Tests.PSModule;

/// <summary>What people may write for the groups of a partition, as PowerShell hands it over.</summary>
public sealed class GroupTransformationTests
{
    public static TheoryData<string, object, string> Arguments { get; } = new()
    {
        { "1,2", new object[] { 1, 2 }, "1,2" },
        { "@(1,2),@(3,4,5)", new object[] { new object[] { 1, 2 }, new object[] { 3, 4, 5 } }, "1,2|3,4,5" },
        { "@(1),@(2,3)", new object[] { new object[] { 1 }, new object[] { 2, 3 } }, "1|2,3" },
        { "(,@(1,2))", new object[] { new object[] { 1, 2 } }, "1,2" },
        { "1", 1, "1" },
        { "'n1'", "n1", "n1" },
        { "1,@(2,3)", new object[] { 1, new object[] { 2, 3 } }, "1|2,3" },
        { "wrapped", new object[] { PSObject.AsPSObject(1), PSObject.AsPSObject("n2") }, "1,n2" },
        { "server objects", new object[] { new RaftServer { Id = 4, Name = "n4" }, new RaftLeader { Id = 5 } }, "4,5" },
        { "[int[]]", new[] { 1, 2 }, "1,2" },
    };

    [Theory]
    [MemberData(nameof(Arguments))]
    public void ToGroups_WhatPeopleWrite_MeansOneGroupForAFlatListAndSeveralForNestedOnes(string written, object argument, string groups)
    {
        string[][] actual = GroupTransformationAttribute.ToGroups(argument);
        Assert.True(groups == string.Join('|', actual.Select(group => string.Join(',', group))), written);
    }

    [Fact]
    public void ToGroups_AGroupOfNobody_IsRefused() =>
        Assert.All(new object[] { Array.Empty<object>(), new object[] { new[] { 1 }, Array.Empty<object>() } }, groups =>
            Assert.Throws<ArgumentTransformationMetadataException>(() => GroupTransformationAttribute.ToGroups(groups)));

    [Fact]
    public void ToGroups_AnObjectThatIsNoServer_IsRefused() =>
        Assert.Throws<ArgumentTransformationMetadataException>(() => GroupTransformationAttribute.ToGroups(new object[] { new Version(1, 0) }));
}
