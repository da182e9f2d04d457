using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Faults;
using EngineLink = RaftKv.Engine.Faults.LinkFault;
using WireLink = RaftKv.Api.Protocol.LinkFault;

namespace RaftKv.Node.Services;

/// <summary>The engine's faults as the chaos protocol says them, and back.</summary>
internal static class FaultTranslation
{
    /// <summary>A link's settings from the wire.</summary>
    /// <exception cref="ArgumentException">A time is no number.</exception>
    public static EngineLink ToEngine(WireLink link) => new(new NodeId(link.From), new NodeId(link.To))
    {
        Blocked = link.Blocked,
        DropRate = link.DropRate,
        Delay = ToTime(link.DelayMs),
        Jitter = ToTime(link.JitterMs),
        DuplicateRate = link.DuplicateRate,
        ReorderRate = link.ReorderRate,
    };

    /// <summary>The whole matrix for the wire.</summary>
    public static MatrixReply ToWire(FaultSnapshot snapshot)
    {
        var reply = new MatrixReply { Muted = snapshot.Muted, Epoch = snapshot.Epoch, Seed = snapshot.Seed };
        reply.Links.AddRange(snapshot.Links.Select(l => new WireLink
        {
            From = l.From.Value,
            To = l.To.Value,
            Blocked = l.Blocked,
            DropRate = l.DropRate,
            DelayMs = l.Delay.TotalMilliseconds,
            JitterMs = l.Jitter.TotalMilliseconds,
            DuplicateRate = l.DuplicateRate,
            ReorderRate = l.ReorderRate,
        }));
        return reply;
    }

    /// <summary>Puts a matrix that another process wrote down in force.</summary>
    /// <exception cref="ArgumentException">It has faults; the message lists all.</exception>
    public static void Load(MatrixReply reply, FaultMatrix matrix)
    {
        matrix.Upload([.. reply.Links.Select(ToEngine)], reply.Seed);
        matrix.Mute(reply.Muted);
    }

    /// <summary>Rounded to 0.1 µs: FromMilliseconds cuts, and 1.519 ms would be read back as 1.5189.</summary>
    private static TimeSpan ToTime(double milliseconds) =>
        double.IsFinite(milliseconds) && Math.Abs(milliseconds) <= 1e9
            ? TimeSpan.FromTicks((long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond))
            : throw new ArgumentException($"A delay is {milliseconds} ms: choose 0 to {EngineLink.MaxDelay.TotalMilliseconds}.");
}
