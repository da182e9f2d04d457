#if RAFTKV_TEST_FAULTS
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Faults;

/// <summary>A disk that says it flushed and did not: its files and directories, or directories alone.</summary>
internal sealed class SkipFlush(IDisk inner, bool onlyDirectories = false) : IDisk
{
    public IDiskFile Create(string path) => Decorate(inner.Create(path));

    public IDiskFile Open(string path) => Decorate(inner.Open(path));

    public bool Exists(string path) => inner.Exists(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public void CreateDirectory(string directory) => inner.CreateDirectory(directory);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string path) => inner.Delete(path);

    public void FlushDirectory(string directory)
    {
    }

    private IDiskFile Decorate(IDiskFile file) => onlyDirectories ? file : new SkippingFile(file);

    private sealed class SkippingFile(IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

        public void Allocate(long length) => file.Allocate(length);

        public void SetLength(long length) => file.SetLength(length);

        public void Flush()
        {
        }

        public void Dispose() => file.Dispose();
    }
}
#endif
