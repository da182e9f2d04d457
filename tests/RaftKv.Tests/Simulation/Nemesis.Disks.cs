namespace RaftKv.Tests.Simulation;

/// <summary>Faults of disks: slow, stalled, full and failing ones.</summary>
internal sealed partial class Nemesis
{
    private void SlowDisk()
    {
        _world.Totals.Add(Happening.SlowDisk);
        Chance.Pick(_world.Servers).DiskDelay = TimeSpan.FromMilliseconds(Chance.Below(4) switch { 0 => 1, 1 => 30, 2 => 100, _ => 300 });
    }

    private void StallDisk()
    {
        var server = Chance.OneIn(2) ? LeaderOrAny : Chance.Pick(_world.Servers);
        _world.Totals.Add(Happening.StalledDisk);
        server.StalledUntil = _world.Now + Chance.Milliseconds(500, 4000);
        _world.Note(server.Id, "has a stalled disk");
    }

    private void FillDisk()
    {
        var server = Chance.Pick(_world.Servers);
        _world.Totals.Add(Happening.DiskFull);
        server.Disk.IsFull = true;
        _world.Note(server.Id, "has a full disk");
        _world.After(Chance.Milliseconds(500, 8000), () => server.Disk.IsFull = false);
    }

    /// <summary>
    /// A snapshot still fits, the log's next segment may not. What a snapshot then stands for may go, and does.
    /// </summary>
    private void TightenDisk()
    {
        var server = Chance.OneIn(2) ? LeaderOrAny : Chance.Pick(_world.Servers);
        if (server.IsUp && server.Disk.Capacity is null)
        {
            _world.Totals.Add(Happening.TightDisk);
            _world.Note(server.Id, "has a disk on which little more fits");
            server.Disk.Capacity = server.Disk.Used + Chance.Between(0, _world.Plan.SegmentBytes);
            _world.After(Chance.Milliseconds(500, 3000), server.TakeCheckpoint);
            _world.After(Chance.Milliseconds(3500, 7000), server.WatchRoom);
            _world.After(Chance.Milliseconds(9500, 14_000), () => server.Disk.Capacity = null);
        }
    }

    private void FailFlush(SimServer server)
    {
        server.Disk.FailsFlush = true;
        _world.After(Chance.Milliseconds(10, 1000), () => server.Disk.FailsFlush = false);
    }

    /// <summary>The power goes in the middle of what the log does to its disk: between two steps on names, or on any of its steps.</summary>
    private void FailPowerMidway(SimServer server)
    {
        var disk = server.Disk;
        disk.FailsOnlyAtNames = Chance.OneIn(2);
        disk.PowerFailsAfterSteps = Chance.Below(4);
    }

    private void SlowApply() =>
        Chance.Pick(_world.Servers).ApplyDelay = TimeSpan.FromMilliseconds(Chance.Below(3) switch { 0 => 2, 1 => 30, _ => 300 });
}
