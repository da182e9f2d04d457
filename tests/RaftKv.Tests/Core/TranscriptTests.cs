using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Core;

/// <summary>
/// Golden transcripts: each file holds commands and what happened. With RAFTKV_REWRITE=1 they are rewritten; look
/// at the difference, and keep only what you understand.
/// </summary>
public sealed class TranscriptTests
{
    public static TheoryData<string> Names { get; } =
        new(System.IO.Directory.GetFiles(Folder(), "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Transcript_IsAsReviewed(string name)
    {
        var path = Path.Combine(Folder(), $"{name}.txt");
        var reviewed = File.ReadAllText(path).ReplaceLineEndings("\n");
        var now = Transcript.Rewrite(reviewed);
        if (Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1")
        {
            File.WriteAllText(path, now);
            return;
        }

        Assert.Equal(reviewed, now);
    }

    [Fact]
    public void Transcripts_AreThere() => Assert.True(Names.Count >= 5);

    private static string Folder() => Path.Combine(Repository.Root, "tests", "RaftKv.Tests", "Core", "Transcripts");
}
