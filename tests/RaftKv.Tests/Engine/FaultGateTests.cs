using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Faults;

namespace RaftKv.Tests.Engine;

public sealed class FaultGateTests
{
    private static readonly NodeId[] Servers = [new(1), new(2), new(3)];
    private static readonly Instant Start = new(1_000_000);

    [Fact]
    public void OnReceive_NoFault_DeliversAtOnce()
    {
        var gate = NewGate();
        var delivered = Receive(gate, 5, Start);
        Assert.Equal([0, 1, 2, 3, 4], delivered);
        Assert.Equal(Instant.Never, gate.NextDue);
    }

    [Fact]
    public void Partition_UnnamedServers_FormOneFurtherGroup()
    {
        var gate = NewGate();
        gate.Matrix.Partition([[new(1)]]);
        Assert.False(gate.AllowSend(new(1), new(2)));
        Assert.False(gate.AllowSend(new(3), new(1)));
        Assert.True(gate.AllowSend(new(2), new(3)));
        Assert.Equal(4, gate.Matrix.Snapshot().Links.Count);
        gate.Matrix.Partition([[new(1), new(2), new(3)]]);
        Assert.Empty(gate.Matrix.Snapshot().Links);
    }

    [Fact]
    public void Partition_ServerNamedTwiceOrByNoId_IsRefused()
    {
        var matrix = new FaultMatrix(Servers);
        Assert.Contains("n1 twice", Assert.Throws<ArgumentException>(() => matrix.Partition([[new(1)], [new(1)]])).Message);
        Assert.Contains("names 0", Assert.Throws<ArgumentException>(() => matrix.Partition([[new(0)]])).Message);
        Assert.Equal(0, matrix.Epoch);
    }

    [Fact]
    public void Block_OneWay_LeavesTheOtherDirectionOpen()
    {
        var gate = NewGate();
        gate.Matrix.Set(new LinkFault(new(1), new(2)) { Blocked = true });
        Assert.Empty(Receive(gate, 3, Start));
        Assert.True(gate.AllowSend(new(2), new(1)));
    }

    [Fact]
    public void Mute_DropsBothDirectionsUntilReset()
    {
        var gate = NewGate();
        Assert.Equal(1, gate.Matrix.Mute(true));
        Assert.False(gate.AllowSend(new(2), new(1)));
        Assert.Empty(Receive(gate, 1, Start));
        Assert.Equal(2, gate.Matrix.Reset());
        Assert.False(gate.Matrix.IsMuted);
        Assert.Single(Receive(gate, 1, Start));
    }

    [Fact]
    public void Delay_WithJitter_HoldsMessagesAndKeepsTheirOrder()
    {
        var gate = NewGate();
        gate.Matrix.Set(Link() with { Delay = Ms(100), Jitter = Ms(50) });
        Assert.Empty(Receive(gate, 100, Start));
        Assert.InRange((gate.NextDue - Start).TotalMilliseconds, 100, 150);
        Assert.Empty(Due(gate, Start + Ms(99)));
        Assert.Equal(Enumerable.Range(0, 100), Due(gate, Start + Ms(150)));
        Assert.Equal(Instant.Never, gate.NextDue);
    }

    [Fact]
    public void Reorder_LetsLaterMessagesOvertake()
    {
        var gate = NewGate();
        gate.Matrix.Set(Link() with { ReorderRate = 0.5 });
        var order = Receive(gate, 100, Start);
        order.AddRange(Due(gate, Start + FaultGate.ReorderWindow));
        Assert.Equal(Enumerable.Range(0, 100), order.Order());
        Assert.NotEqual(Enumerable.Range(0, 100), order);
    }

    [Fact]
    public void DropAndDuplicate_FollowTheirProbabilities()
    {
        var gate = NewGate();
        gate.Matrix.Set(Link() with { DropRate = 0.25 });
        Assert.InRange(Receive(gate, 10_000, Start).Count, 7_300, 7_700);
        gate.Matrix.Set(Link() with { DuplicateRate = 0.25 });
        var all = Receive(gate, 10_000, Start).Count + Due(gate, Start + Ms(1_000)).Count;
        Assert.InRange(all, 12_300, 12_700);
    }

    [Fact]
    public void SameSeed_SameFaults_WhateverOtherLinksCarry()
    {
        List<int> Run(bool otherTraffic)
        {
            var gate = NewGate();
            gate.Matrix.Upload([Link() with { DropRate = 0.5 }, new LinkFault(new(3), new(2)) { DropRate = 0.5 }], 7);
            var delivered = new List<int>();
            for (var i = 0; i < 200; i++)
            {
                if (otherTraffic)
                {
                    gate.OnReceive(new HeartbeatResponse(new(3), new(2), new(1), i, default), Start, []);
                }

                var now = new List<Message>();
                gate.OnReceive(Message(i), Start, now);
                delivered.AddRange(now.Select(NumberOf));
            }

            return delivered;
        }

        Assert.Equal(Run(false), Run(true));
    }

    [Fact]
    public void Partition_WhileMessagesAreHeld_SwallowsThem()
    {
        var gate = NewGate();
        gate.Matrix.Set(Link() with { Delay = Ms(10) });
        Receive(gate, 3, Start);
        gate.Matrix.Partition([[new(1)]]);
        Assert.Empty(Due(gate, Start + Ms(10)));
    }

    [Fact]
    public void Set_ImpossibleValues_ListsEveryFault()
    {
        var matrix = new FaultMatrix(Servers);
        var message = Assert.Throws<ArgumentException>(() =>
            matrix.Set(Link() with { DropRate = 1.5, Delay = TimeSpan.FromMinutes(5) })).Message;
        Assert.Contains("DropRate is 1.5", message);
        Assert.Contains("Delay is 300000 ms", message);
    }

    [Fact]
    public void FaultingTransport_BlockedLink_LooksSentButIsNot()
    {
        var inner = new Recorder();
        var gate = NewGate();
        var transport = new FaultingTransport(inner, gate);
        gate.Matrix.Set(Link() with { Blocked = true });
        Assert.True(transport.TrySend(Message(1)));
        Assert.Empty(inner.Sent);
        gate.Matrix.Reset();
        Assert.True(transport.TrySend(Message(2)));
        Assert.Single(inner.Sent);
    }

    private static FaultGate NewGate() => new(new FaultMatrix(Servers, seed: 42));

    private static LinkFault Link() => new(new(1), new(2));

    private static TimeSpan Ms(int value) => TimeSpan.FromMilliseconds(value);

    private static HeartbeatResponse Message(int number) => new(new(1), new(2), new(1), number, default);

    private static int NumberOf(Message message) => (int)((HeartbeatResponse)message).Round;

    private static List<int> Receive(FaultGate gate, int count, Instant now)
    {
        var delivered = new List<Message>();
        for (var i = 0; i < count; i++)
        {
            gate.OnReceive(Message(i), now, delivered);
        }

        return [.. delivered.Select(NumberOf)];
    }

    private static List<int> Due(FaultGate gate, Instant now)
    {
        var delivered = new List<Message>();
        gate.TakeDue(now, delivered);
        return [.. delivered.Select(NumberOf)];
    }

    private sealed class Recorder : IPeerTransport
    {
        public List<Message> Sent { get; } = [];

        public bool TrySend(Message message)
        {
            Sent.Add(message);
            return true;
        }
    }
}
