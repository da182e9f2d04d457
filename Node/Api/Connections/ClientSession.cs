namespace RaftKv.Api.Connections;

/// <summary>
/// The client's side of a replicated session: numbers its writes and knows the lowest that has no answer yet, below
/// which the cluster may forget replies (X3). Thread-safe.
/// </summary>
internal sealed class ClientSession(long id)
{
    private readonly Lock _lock = new();
    private readonly SortedSet<long> _open = [];
    private long _last;

    public long Id { get; } = id;

    /// <summary>Names the next write.</summary>
    public long Begin()
    {
        lock (_lock)
        {
            _open.Add(++_last);
            return _last;
        }
    }

    /// <summary>The write will not be sent again.</summary>
    public void End(long sequence)
    {
        lock (_lock)
        {
            _open.Remove(sequence);
        }
    }

    /// <summary>Every write below this is answered or given up.</summary>
    public long AcknowledgedBelow
    {
        get
        {
            lock (_lock)
            {
                return _open.Count == 0 ? _last + 1 : _open.Min;
            }
        }
    }
}
