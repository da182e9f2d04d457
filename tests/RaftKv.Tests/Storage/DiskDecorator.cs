using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Storage;

/// <summary>A disk that hands everything on to another one; a test's disk overrides what it does otherwise.</summary>
/// <param name="inner">The disk that does the work.</param>
internal abstract class DiskDecorator(IDisk inner) : IDisk
{
    public virtual IDiskFile Create(string path) => inner.Create(path);

    public virtual IDiskFile Open(string path) => inner.Open(path);

    public bool Exists(string path) => inner.Exists(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public void CreateDirectory(string directory) => inner.CreateDirectory(directory);

    public virtual void Rename(string from, string to) => inner.Rename(from, to);

    public virtual void Delete(string path) => inner.Delete(path);

    public virtual void FlushDirectory(string directory) => inner.FlushDirectory(directory);
}

/// <summary>A file that hands everything on to another one; a test's file overrides what it does otherwise.</summary>
/// <param name="inner">The file that does the work.</param>
internal abstract class DiskFileDecorator(IDiskFile inner) : IDiskFile
{
    public long Length => inner.Length;

    public virtual int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

    public virtual void Write(long offset, ReadOnlySpan<byte> bytes) => inner.Write(offset, bytes);

    public virtual void Allocate(long length) => inner.Allocate(length);

    public virtual void SetLength(long length) => inner.SetLength(length);

    public virtual void Flush() => inner.Flush();

    public void Dispose() => inner.Dispose();
}
