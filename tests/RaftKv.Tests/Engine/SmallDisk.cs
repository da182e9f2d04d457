using RaftKv.Engine.Storage;
using RaftKv.Tests.Storage;

namespace RaftKv.Tests.Engine;

/// <summary>The real disk, which has no room for further files while it is full.</summary>
internal sealed class SmallDisk() : DiskDecorator(RealDisk.Instance)
{
    private int _refusals;

    public volatile bool IsFull;

    public int Refusals => Volatile.Read(ref _refusals);

    public override IDiskFile Create(string path)
    {
        if (IsFull)
        {
            Interlocked.Increment(ref _refusals);
            throw new DiskFullException();
        }

        return base.Create(path);
    }
}
