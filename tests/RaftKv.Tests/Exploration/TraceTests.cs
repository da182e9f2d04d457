using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// Golden traces: ways that a search once found to something broken, and what becomes of them now. With
/// RAFTKV_REWRITE=1 they are written again; look at the difference, and keep only what you understand.
/// </summary>
public sealed class TraceTests
{
    public static TheoryData<string> Names { get; } =
        new(Directory.GetFiles(Folder(), "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Trace_IsAsReviewed(string name)
    {
        var path = Path.Combine(Folder(), $"{name}.txt");
        var reviewed = File.ReadAllText(path).ReplaceLineEndings("\n");
        var now = reviewed.Contains("--fault ", StringComparison.Ordinal)
            ? PlantedBuild.Call<string>(typeof(Trace), nameof(Trace.Rewrite), reviewed)
            : Trace.Rewrite(reviewed);
        if (Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1")
        {
            File.WriteAllText(path, now);
            return;
        }

        Assert.Equal(reviewed, now);
    }

    private static string Folder() => Path.Combine(Tidy.Repository.Root, "tests", "RaftKv.Tests", "Exploration", "Traces");
}
