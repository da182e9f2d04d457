namespace RaftKv.Tests.Tidy;

/// <summary>No circle between the folders of a project, and a drawing of them that is true.</summary>
public sealed class RoomTests
{
    /// <summary>Every folder uses only what lies below it.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_UseOnlyWhatLiesBelowThem(string project)
    {
        var sources = Repository.WithEnding(".cs").Where(file => file.StartsWith(project + "/", StringComparison.Ordinal))
            .ToDictionary(file => file, Repository.Read);

        Assert.Equal([], Rooms.Breaches(project, sources));
    }

    /// <summary>Every project with folders has its order.</summary>
    [Fact]
    public void EveryProjectWithFolders_HasAnOrder() =>
        Assert.Equal(
            Rooms.Order.Keys.Order(StringComparer.Ordinal),
            Repository.WithEnding(".csproj").Select(path => Path.GetDirectoryName(path)!)
                .Where(folder => !folder.StartsWith("tests", StringComparison.Ordinal)
                    && Repository.WithEnding(".cs").Any(file => file.StartsWith(folder + "/", StringComparison.Ordinal) && Rooms.FolderOf(folder, file).Length > 0))
                .Order(StringComparer.Ordinal));

    /// <summary>A use of a folder above is seen: as a type, a base, by its constant, an extension method, and through a namespace that needs no using.</summary>
    [Theory]
    [InlineData("using RaftKv.Engine.Driver; namespace RaftKv.Engine.Storage; class Log { Pump _pump; }", "uses Pump of Driver")]
    [InlineData("namespace RaftKv.Engine.Storage; class Log : RaftKv.Engine.Driver.Pump { }", "uses Pump of Driver")]
    [InlineData("using static RaftKv.Engine.Driver.Pump; namespace RaftKv.Engine.Storage; class Log { int Size() => Most; }", "uses Pump of Driver")]
    [InlineData("using RaftKv.Engine.Driver; namespace RaftKv.Engine.Storage; class Log { void M() => \"a\".Turn(); }", "uses Turn of Driver")]
    [InlineData("namespace RaftKv.Engine.Driver; class Log { void M() => new Pump(); }", "uses Pump of Driver")]
    public void PlantedCircle_IsSeen(string storage, string expected)
    {
        var breaches = Rooms.Breaches("Node/Engine", new Dictionary<string, string>
        {
            ["Node/Engine/Storage/Log.cs"] = storage,
            ["Node/Engine/Driver/Pump.cs"] =
                "using RaftKv.Engine.Storage; namespace RaftKv.Engine.Driver; static class Turns { public static void Turn(this string x) { } } "
                + "class Pump { public const int Most = 3; Log _log; }",
        });

        Assert.Contains(breaches, breach => breach.Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>A folder that stands in no order is seen.</summary>
    [Fact]
    public void PlantedFolder_IsSeen() =>
        Assert.Contains("no place", Assert.Single(Rooms.Breaches("Node/Engine", new Dictionary<string, string> { ["Node/Engine/Attic/Old.cs"] = "class Old { }" })), StringComparison.Ordinal);

    /// <summary>A property that has a type's name is no use of it.</summary>
    [Fact]
    public void NameOfAMember_IsNoUseOfTheTypeOfThatName() =>
        Assert.Empty(Rooms.Breaches("Node/Engine", new Dictionary<string, string>
        {
            ["Node/Engine/Storage/Log.cs"] = "namespace RaftKv.Engine.Storage; class Log { int Pump { get; set; } int M() => Pump; }",
            ["Node/Engine/Driver/Pump.cs"] = "namespace RaftKv.Engine.Driver; class Pump { }",
        }));

    /// <summary>The drawing shows the tables. With RAFTKV_REWRITE=1 it is drawn again.</summary>
    [Fact]
    public void Drawing_ShowsTheWallsAndTheOrder()
    {
        var page = Repository.Read(RoomDrawing.Page);
        var now = RoomDrawing.On(page);
        if (Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, RoomDrawing.Page), now);
            page = now;
        }

        Assert.Equal(now, page);
    }

    /// <summary>The projects.</summary>
    public static TheoryData<string> Projects() => [.. Rooms.Order.Keys];
}
