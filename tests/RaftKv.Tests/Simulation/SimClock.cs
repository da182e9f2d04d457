using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>A server's own monotonic clock: it begins anywhere, runs a little fast or slow, and may jump forward.</summary>
internal sealed class SimClock(World world)
{
    private const long Million = 1_000_000;

    private Instant _since = world.Now;
    private Instant _base = new(world.Chance.Between(0, 1000 * Million));
    private readonly long _rate = Million + world.Chance.Between(-20_000, 20_000);

    public Instant Now => new(_base.Microseconds + ((world.Now.Microseconds - _since.Microseconds) * _rate / Million));

    public void Jump(TimeSpan forward)
    {
        var now = Now;
        _since = world.Now;
        _base = now + forward;
    }

    /// <summary>How long the world takes until this clock shows a moment.</summary>
    public TimeSpan Until(Instant at)
    {
        var left = at.Microseconds - Now.Microseconds;
        return TimeSpan.FromMicroseconds(left <= 0 ? 0 : (left * Million / _rate) + 1);
    }
}
