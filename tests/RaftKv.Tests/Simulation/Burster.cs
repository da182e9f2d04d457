using System.Text;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Simulation;

/// <summary>Sends many writes at once, without a session or a wish for answers, so that logs have tails to lose.</summary>
internal sealed class Burster(World world)
{
    private static readonly byte[] Key = "burst"u8.ToArray();

    private static readonly string Padding = new('y', 500);

    private readonly int _longestGap = world.Chance.Below(3) switch { 0 => 600, 1 => 3000, _ => 8000 };
    private long _count;
    private bool _isStopped;

    public void Start() => world.After(TimeSpan.FromMilliseconds(200), Next);

    public void Stop() => _isStopped = true;

    /// <summary>Gives one server more than it can replicate at once.</summary>
    public void Burst(SimServer server, int most)
    {
        for (var left = world.Chance.Below(most); left > 0; left--)
        {
            var value = $"b{++_count}~{Padding.AsSpan(0, world.Chance.Below(500))}";
            server.Propose(CommandCodec.Encode(new Command { Kind = CommandKind.Put, Key = Key, Value = Encoding.ASCII.GetBytes(value) }), _ => { });
        }
    }

    private void Next()
    {
        if (!_isStopped)
        {
            Burst(world.Chance.OneIn(2) ? world.Leader ?? world.Servers[0] : world.PickServer(), 20);
            world.After(world.Chance.Milliseconds(1, _longestGap), Next);
        }
    }
}
