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
internal sealed class StepDisk(IDisk inner, Action<DiskStep> before) : DiskDecorator(inner)
{
    /// <summary>The changes so far.</summary>
    public int Steps { get; private set; }

    public override IDiskFile Create(string path)
    {
        Step("create", path);
        return new StepFile(this, path, base.Create(path));
    }

    public override IDiskFile Open(string path) => new StepFile(this, path, base.Open(path));

    public override void Rename(string from, string to)
    {
        Step("rename", from);
        base.Rename(from, to);
    }

    public override void Delete(string path)
    {
        if (Exists(path))
        {
            Step("delete", path);
            base.Delete(path);
        }
    }

    public override void FlushDirectory(string directory)
    {
        Step("flush the names in", directory);
        base.FlushDirectory(directory);
    }

    private void Step(string what, string path, long offset = 0, byte[]? bytes = null)
    {
        before(new DiskStep(Steps, what, path, offset, bytes));
        Steps++;
    }

    /// <summary>A file's name may change under an open handle: its steps name the one that it was opened by.</summary>
    private sealed class StepFile(StepDisk disk, string path, IDiskFile file) : DiskFileDecorator(file)
    {
        public override void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            disk.Step("write", path, offset, bytes.ToArray());
            base.Write(offset, bytes);
        }

        public override void Allocate(long length)
        {
            disk.Step("allocate", path);
            base.Allocate(length);
        }

        public override void SetLength(long length)
        {
            disk.Step("cut", path);
            base.SetLength(length);
        }

        public override void Flush()
        {
            disk.Step("flush", path);
            base.Flush();
        }
    }
}
