using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Storage;

/// <summary>One change of a disk that is about to be made.</summary>
/// <param name="Number">From 0.</param>
/// <param name="What">What it is, for messages.</param>
/// <param name="Path">The file or directory.</param>
/// <param name="Offset">Where a write begins.</param>
/// <param name="Bytes">What a write writes; null for any other change.</param>
internal sealed record DiskStep(int Number, string What, string Path, long Offset = 0, byte[]? Bytes = null);

/// <summary>
/// A disk that tells of each change before it makes it: a listener copies what is there at that moment, or throws, as if the
/// power went. Reads are no steps, and neither is a directory that is made: it is there at once.
/// </summary>
/// <param name="inner">The disk that is changed.</param>
/// <param name="before">Hears of each change before it is made.</param>
internal sealed class StepDisk(IDisk inner, Action<DiskStep> before) : IDisk
{
    /// <summary>The changes so far.</summary>
    public int Steps { get; private set; }

    public IDiskFile Create(string path)
    {
        Step("create", path);
        return new StepFile(this, path, inner.Create(path));
    }

    public IDiskFile Open(string path) => new StepFile(this, path, inner.Open(path));

    public bool Exists(string path) => inner.Exists(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public void CreateDirectory(string directory) => inner.CreateDirectory(directory);

    public void Rename(string from, string to)
    {
        Step("rename", from);
        inner.Rename(from, to);
    }

    public void Delete(string path)
    {
        if (inner.Exists(path))
        {
            Step("delete", path);
            inner.Delete(path);
        }
    }

    public void FlushDirectory(string directory)
    {
        Step("flush the names in", directory);
        inner.FlushDirectory(directory);
    }

    private void Step(string what, string path, long offset = 0, byte[]? bytes = null)
    {
        before(new DiskStep(Steps, what, path, offset, bytes));
        Steps++;
    }

    /// <summary>A file's name may change under an open handle: its steps name the one that it was opened by.</summary>
    private sealed class StepFile(StepDisk disk, string path, IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            disk.Step("write", path, offset, bytes.ToArray());
            file.Write(offset, bytes);
        }

        public void Allocate(long length)
        {
            disk.Step("allocate", path);
            file.Allocate(length);
        }

        public void SetLength(long length)
        {
            disk.Step("cut", path);
            file.SetLength(length);
        }

        public void Flush()
        {
            disk.Step("flush", path);
            file.Flush();
        }

        public void Dispose() => file.Dispose();
    }
}
