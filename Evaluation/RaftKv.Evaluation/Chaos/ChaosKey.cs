using System.Text;
using RaftKv.Evaluation.Checking;

namespace RaftKv.Evaluation.Chaos;

/// <summary>A key that some clients of a <see cref="ChaosWorkload"/> share, until it is retired. Thread-safe where it counts.</summary>
internal sealed class ChaosKey(string name, bool isCounter)
{
    public long LastVersion;
    public int Unknowns;
    public int Acknowledged;

    public string Name { get; } = name;

    public byte[] Bytes { get; } = Encoding.UTF8.GetBytes(name);

    /// <summary>Never deleted, so that its version counts all its writes.</summary>
    public bool IsCounter { get; } = isCounter;

    public int Operations { get; set; }

    public void Saw(long version) => Volatile.Write(ref LastVersion, version);

    public void Wrote(RecordedCall call, long version, bool? applied = null)
    {
        Interlocked.Increment(ref Acknowledged);
        Saw(version);
        call.Ok(version: version, applied: applied);
    }
}
