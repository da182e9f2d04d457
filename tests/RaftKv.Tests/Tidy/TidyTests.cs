using System.Xml.Linq;

namespace RaftKv.Tests.Tidy;

/// <summary>
/// The house rules as a test: walls between projects, banned calls, sizes, leftovers. Each rule is also shown a text
/// that breaks it, because a rule that cannot fail protects nothing.
/// </summary>
public sealed class TidyTests
{
    private static readonly string[] TextEndings =
        [".cs", ".ps1", ".psm1", ".psd1", ".md", ".csproj", ".props", ".targets", ".proto", ".json", ".ps1xml", ".txt"];

    private static void AssertNone(IEnumerable<string> breaches)
    {
        var all = breaches.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }

    /// <summary>Every reference stands in the table, and every project of the solution has its row.</summary>
    [Fact]
    public void Projects_ReferenceOnlyWhatTheTableAllows()
    {
        var breaches = new List<string>();
        foreach (var path in Repository.WithEnding(".csproj").Where(path => !path.StartsWith("tests/", StringComparison.Ordinal)))
        {
            var project = Path.GetFileNameWithoutExtension(path);
            breaches.AddRange(Walls.Allowed.ContainsKey(project)
                ? Walls.Breaches(project, XDocument.Parse(Repository.Read(path)))
                : [$"{project} has no row in the table of walls."]);
        }

        AssertNone(breaches);
    }

    /// <summary>Only the target of the module project lays out the module.</summary>
    [Fact]
    public void ModuleLayout_IsWrittenByOneProjectOnly()
    {
        var writers = Repository.WithEnding(".csproj", ".targets", ".props")
            .Where(path => Repository.Read(path).Contains("PSModule/out", StringComparison.Ordinal)
                || Repository.Read(path).Contains("../out/RaftKv", StringComparison.Ordinal));

        Assert.All(writers, path => Assert.StartsWith("PSModule/RaftKv/", path));
    }

    /// <summary>No C# file breaks a size or uses a banned call.</summary>
    [Fact]
    public void Sources_KeepTheHouseRules() =>
        AssertNone(Repository.WithEnding(".cs").SelectMany(file => SourceRules.Breaches(file, Repository.Read(file))));

    /// <summary>No test is decided by elapsed time.</summary>
    [Fact]
    public void Tests_AreNotDecidedByElapsedTime() =>
        AssertNone(Repository.WithEnding(".cs", ".ps1").Where(file => file.StartsWith("tests/", StringComparison.Ordinal) && file != TimingRules.ClockTests).SelectMany(file =>
            file.EndsWith(".cs", StringComparison.Ordinal)
                ? TimingRules.Breaches(file, Repository.Read(file))
                : TimingRules.SuiteBreaches(file, Repository.Read(file))));

    /// <summary>No leftovers, no paths of one machine, no fixed sleep in a suite.</summary>
    [Fact]
    public void Texts_HoldNoLeftovers() =>
        AssertNone(Repository.WithEnding(TextEndings)
            .Where(file => !file.StartsWith("tests/RaftKv.Tests/Tidy/", StringComparison.Ordinal))
            .SelectMany(file => SourceRules.TextBreaches(file, Repository.Read(file))));

    /// <summary>The walls test sees a forbidden project, a forbidden package and a version outside the central file.</summary>
    [Theory]
    [InlineData("<Project><ItemGroup><ProjectReference Include='../Engine/RaftKv.Engine.csproj'/></ItemGroup></Project>", "RaftKv.Engine")]
    [InlineData("<Project><ItemGroup><ProjectReference Include='..\\Api\\RaftKv.Api.csproj' ReferenceOutputAssembly='false'/></ItemGroup></Project>", "build order")]
    [InlineData("<Project><ItemGroup><PackageReference Include='Google.Protobuf'/></ItemGroup></Project>", "Google.Protobuf")]
    [InlineData("<Project><ItemGroup><PackageReference Include='Google.Protobuf' Version='3.0.0'/></ItemGroup></Project>", "Directory.Packages.props")]
    [InlineData("<Project><ItemGroup><PackageDownload Include='Pester' Version='[$(PesterVersion)]'/></ItemGroup></Project>", "download the package Pester")]
    [InlineData("<Project><ItemGroup><PackageDownload Include='Pester' Version='[6.2.0]'/></ItemGroup></Project>", "Directory.Packages.props")]
    public void Walls_PlantedBreach_IsSeen(string project, string expected) =>
        Assert.Contains(Walls.Breaches("RaftKv.Core", XDocument.Parse(project)), breach => breach.Contains(expected, StringComparison.Ordinal));

    /// <summary>The source rules see each kind of breach.</summary>
    [Theory]
    [InlineData("Node/Core/A.cs", "class A { void M() { var t = DateTime.UtcNow; } }", "Input.Now")]
    [InlineData("Node/Core/A.cs", "class A { Task M() => null; }", "an effect")]
    [InlineData("Node/Core/A.cs", "class A { void M() { lock (this) { } } }", "single-threaded")]
    [InlineData("Node/Core/A.cs", "class A { object M() => Guid.NewGuid(); }", "caller")]
    [InlineData("Node/Core/A.cs", "class A\n{\n    private static int _count;\n}", "owns it")]
    [InlineData("Node/Core/A.cs", "class A { int M() => new Random().Next(); void N() { Random.Shared.Next(); } }", "Prng")]
    [InlineData("tests/RaftKv.Tests/A.cs", "class A { async void M() { await Task.Delay(5); } }", "state")]
    [InlineData("PSModule/RaftKv/A.cs", "class A { void M() { Console.WriteLine(); } }", "WriteObject")]
    public void SourceRules_PlantedCall_IsSeen(string file, string text, string expected) =>
        Assert.Contains(SourceRules.Breaches(file, text), breach => breach.Contains(expected, StringComparison.Ordinal));

    /// <summary>The timing rule sees assertions on a stopwatch or a clock, also through variables.</summary>
    [Theory]
    [InlineData("var w = Stopwatch.StartNew(); Assert.True(w.Elapsed < Limit);")]
    [InlineData("var w = System.Diagnostics.Stopwatch.StartNew(); var took = w.Elapsed; var s = took.TotalSeconds; Assert.InRange(s, 0, 5);")]
    [InlineData("Assert.True(DateTime.UtcNow - began < Limit);")]
    [InlineData("Assert.True(_field.Elapsed < Limit);")]
    [InlineData("var w = new Stopwatch(); w.Start(); Assert.True(w.ElapsedMilliseconds < 9);")]
    [InlineData("Stopwatch w = new(); Assert.True(w.ElapsedMilliseconds < 9);")]
    [InlineData("long began; began = Stopwatch.GetTimestamp(); Assert.True(began > 9);")]
    [InlineData("await task.WaitAsync(TimeSpan.FromSeconds(20));")]
    [InlineData("Assert.True(thread.Join(3000));")]
    [InlineData("using var source = new CancellationTokenSource(TimeSpan.FromSeconds(30));")]
    [InlineData("var w = Stopwatch.GetTimestamp(); if (Stopwatch.GetElapsedTime(w) > Limit) { Assert.Fail(); }")]
    public void TimingRules_PlantedAssertion_IsSeen(string body) =>
        Assert.NotEmpty(TimingRules.Breaches("A.cs", $"class A {{ private readonly Stopwatch _field = Stopwatch.StartNew(); void M() {{ {body} }} }}"));

    /// <summary>The same in a suite.</summary>
    [Theory]
    [InlineData("$watch.Elapsed.TotalSeconds | Should -BeLessThan 1")]
    [InlineData("$rate = $count / $clock.Elapsed.TotalSeconds\n$rate | Should -BeGreaterThan 80")]
    [InlineData("Wait-Until -TimeoutSec 10 { Test-Path $path }")]
    [InlineData("Wait-RaftCluster -For CaughtUp -TimeoutSec 60")]
    [InlineData("(Measure-Command { x }).TotalSeconds | Should -BeLessThan 1")]
    [InlineData("$began = [datetime]::UtcNow\n([datetime]::UtcNow - $began).TotalSeconds | Should -BeLessThan 1")]
    public void TimingRules_PlantedSuite_IsSeen(string text) => Assert.NotEmpty(TimingRules.SuiteBreaches("a.Tests.ps1", text));

    /// <summary>Time that is measured, printed or made up decides nothing.</summary>
    [Fact]
    public void TimingRules_TimeThatIsNotAsserted_IsLeftAlone()
    {
        Assert.Empty(TimingRules.Breaches("A.cs", "class A { void M() { var w = Stopwatch.StartNew(); Say(w.Elapsed); Assert.True(ok, $\"after {w.Elapsed}\"); Assert.Equal(3, result.Elapsed); } }"));
        Assert.Empty(TimingRules.Breaches("A.cs", "class A { async void M() { var e = await Assert.ThrowsAsync<E>(() => Put(DateTime.UtcNow.AddSeconds(5))); Assert.Equal(1, e.Code); } }"));
        Assert.Empty(TimingRules.Breaches("A.cs", "class A { async void M() { await Assert.ThrowsAsync<TimeoutException>(() => task.WaitAsync(TimeSpan.FromSeconds(1))); await task.WaitAsync(Patience.Limit); } }"));
        Assert.Empty(TimingRules.SuiteBreaches("a.Tests.ps1", "Get-Failure { Wait-RaftCluster -TimeoutSec 0.2 }\nWait-Until { Set-RaftValue a b -TimeoutSec 1; $? }"));
        Assert.Empty(TimingRules.SuiteBreaches("a.Tests.ps1", "$row = New-Row $clock.Elapsed\n$found.Count | Should -Be 3"));
    }

    /// <summary>Words in comments and strings are no calls.</summary>
    [Fact]
    public void SourceRules_Prose_IsNoCall() =>
        Assert.Empty(SourceRules.Breaches("Node/Core/A.cs", "class A { /* Task.Run( */ string M() => \"DateTime.Now (\"; } // File.Open("));

    /// <summary>Long files and long methods are seen.</summary>
    [Fact]
    public void SourceRules_Sizes_AreSeen()
    {
        var body = string.Concat(Enumerable.Repeat("        M();\n", SourceRules.MaxFileLines));
        var breaches = SourceRules.Breaches("Node/Core/A.cs", $"class A\n{{\n    void M()\n    {{\n{body}    }}\n}}\n").ToList();

        Assert.Equal(2, breaches.Count);
    }

    /// <summary>Leftovers and machine paths are seen.</summary>
    [Theory]
    [InlineData("a.md", "see TODO", "left over")]
    [InlineData("a.md", "it begins anew", "plain word")]
    [InlineData("a.ps1", "cd /home/somebody/x", "one machine")]
    [InlineData("tests/pester/a.Tests.ps1", "Start-Sleep 3", "Wait-Until")]
    public void TextRules_PlantedText_IsSeen(string file, string text, string expected) =>
        Assert.Contains(SourceRules.TextBreaches(file, text), breach => breach.Contains(expected, StringComparison.Ordinal));
}
