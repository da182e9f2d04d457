namespace RaftKv.Tests;

/// <summary>A directory of one test's own, gone with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("raftkv-test-").FullName;

    public static implicit operator string(TemporaryDirectory directory) => directory.Root;

    public string File(string name) => Path.Combine(Root, name);

    public override string ToString() => Root;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
