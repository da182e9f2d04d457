using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>Whether a server whose log has no room uses the room that it can make.</summary>
internal sealed partial class SimServer
{
    private static readonly TimeSpan TimeToMakeRoom = TimeSpan.FromSeconds(2);

    private readonly List<(string Segment, LogIndex From)> _truncations = [];

    /// <summary>
    /// While there is no room for the log, segments that a snapshot stands for as a whole do not stay: only they can make
    /// room.
    /// </summary>
    public void WatchRoom()
    {
        if (!IsUp || IsPaused || IsTamperedWith || !_waitsForRoom || Segments(Raft!.FirstIndex.Previous) == 0)
        {
            return;
        }

        var (epoch, saved, compacted) = (_epoch, _savedTo, Raft.FirstIndex.Previous);
        world.After(TimeToMakeRoom, () =>
        {
            if (epoch == _epoch && saved == _savedTo && IsUp && !IsPaused && _waitsForRoom)
            {
                var left = Segments(compacted);
                Judge.Require(left == 0, $"{Id} waits for room on its disk beside {left} segments of its log that it needs no more: its snapshot stands for all up to {compacted}");
            }
        });
    }

    /// <summary>Where a record that deletes entries lies decides from where on a log can be replayed.</summary>
    private void NoteTruncations(IReadOnlyList<Save> batch)
    {
        foreach (var save in batch)
        {
            if (save.TruncateFrom is { } from)
            {
                _truncations.Add((_platter.List(LogPath).Where(IsSegment).Max()!, from));
            }
        }
    }

    /// <summary>How many segments lie before one with which the log can begin once all up to an index is in a snapshot.</summary>
    private int Segments(LogIndex compacted)
    {
        var names = _platter.List(LogPath).Where(IsSegment).Order(StringComparer.Ordinal).ToList();
        for (var at = names.Count - 1; at > 0; at--)
        {
            var bytes = new byte[LogFormat.SegmentHeaderBytes];
            _platter.Open(Path.Combine(LogPath, names[at])).Read(0, bytes);
            if (SegmentHeader.TryRead(bytes, out var header, out _) && header.Previous.Index <= compacted
                && _truncations.TrueForAll(t => string.CompareOrdinal(t.Segment, names[at]) < 0 || t.From > header.Previous.Index))
            {
                return at;
            }
        }

        return 0;
    }

    private static bool IsSegment(string name) => LogFormat.NumberIn(name) is not null;
}
