using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Engine;

/// <summary>The real disk, which has no room for further files while it is full.</summary>
internal sealed class SmallDisk : IDisk
{
    private int _refusals;

    public volatile bool IsFull;

    public int Refusals => Volatile.Read(ref _refusals);

    public IDiskFile Create(string path)
    {
        if (IsFull)
        {
            Interlocked.Increment(ref _refusals);
            throw new DiskFullException();
        }

        return RealDisk.Instance.Create(path);
    }

    public IDiskFile Open(string path) => RealDisk.Instance.Open(path);

    public bool Exists(string path) => RealDisk.Instance.Exists(path);

    public IReadOnlyList<string> List(string directory) => RealDisk.Instance.List(directory);

    public void CreateDirectory(string directory) => RealDisk.Instance.CreateDirectory(directory);

    public void Rename(string from, string to) => RealDisk.Instance.Rename(from, to);

    public void Delete(string path) => RealDisk.Instance.Delete(path);

    public void FlushDirectory(string directory) => RealDisk.Instance.FlushDirectory(directory);
}
