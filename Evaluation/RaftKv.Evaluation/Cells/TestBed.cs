using System.Diagnostics;
using System.Text;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Api.Views;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Evaluation.Cells;

/// <summary>
/// A cluster under experiment: started for it and stopped after it, or given and left running. Knows who is alive, so
/// that killing, starting again and catching up are one call each.
/// </summary>
internal sealed class TestBed : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MendLimit = TimeSpan.FromSeconds(5);
    private readonly SortedSet<int> _running;
    private readonly SortedSet<int> _muted = [];
    private double _delayMs;
    private readonly ClientOptions _clientOptions;

    private TestBed(ClusterSpec spec, bool isOwn, ulong coin)
    {
        Spec = spec;
        IsOwn = isOwn;
        _clientOptions = new ClientOptions();
        Client = new ClusterClient(spec, _clientOptions);
        Writer = Client.CreateKvClient();
        _running = [.. spec.Servers.Select(s => s.Id)];
        Coin = new Coin(coin);
    }

    public ClusterSpec Spec { get; }

    /// <summary>Whether it was started for the experiment and ends with it.</summary>
    public bool IsOwn { get; }

    /// <summary>What the keys that the bed itself writes begin with. On a cluster that goes on they are removed at the end.</summary>
    public string Prefix { get; } = MeasurementKeys.NewPrefix();

    public ClusterClient Client { get; }

    /// <summary>A client whose session is open, so that no measurement contains the opening.</summary>
    public KvClient Writer { get; }

    /// <summary>The cell's chance. Set again for each cell.</summary>
    public Coin Coin { get; set; }

    /// <summary>Another system that is measured beside the cluster; it ends with it.</summary>
    public IAsyncDisposable? Companion { get; set; }

    /// <summary>The servers whose processes run and are not muted, by rising id.</summary>
    public IReadOnlyList<int> Alive => [.. _running.Except(_muted)];

    /// <summary>What the servers say they were built from.</summary>
    public string Build { get; private set; } = "";

    /// <summary>Starts a cluster and waits until it has acknowledged a write.</summary>
    public static async Task<TestBed> StartAsync(LaunchOptions launch, ulong coin, CancellationToken cancellationToken)
    {
        var spec = await LocalCluster.StartAsync(launch, null, cancellationToken).ConfigureAwait(false);
        var bed = new TestBed(spec, isOwn: true, coin);
        try
        {
            await bed.ReadyAsync(cancellationToken).ConfigureAwait(false);
            return bed;
        }
        catch
        {
            await bed.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes a cluster that runs already.</summary>
    public static async Task<TestBed> AttachAsync(ClusterSpec spec, ulong coin, CancellationToken cancellationToken)
    {
        var bed = new TestBed(spec, isOwn: false, coin);
        await bed.ReadyAsync(cancellationToken).ConfigureAwait(false);
        return bed;
    }

    /// <summary>Writes once, and returns when that is acknowledged: the leader is settled then.</summary>
    public async Task WriteOnceAsync(CancellationToken cancellationToken)
    {
        await UntilAsync("acknowledge a write", StartLimit, TryAsync, cancellationToken).ConfigureAwait(false);

        async Task<bool> TryAsync()
        {
            try
            {
                await Writer.PutAsync(Encoding.UTF8.GetBytes(Prefix + "settled"), "x"u8.ToArray(), default, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (RaftKvException e) when (e.Kind is ErrorKind.NoLeader or ErrorKind.OutcomeUnknown or ErrorKind.Overloaded)
            {
                return false;
            }
        }
    }

    /// <summary>The leader with the highest term.</summary>
    public async Task<int> LeaderAsync(CancellationToken cancellationToken)
    {
        var leader = 0;
        await UntilAsync(
            "have a leader",
            StartLimit,
            async () => (leader = (await Client.GetLeaderViewsAsync(cancellationToken).ConfigureAwait(false)) is [var first, ..] ? first.Id : 0) != 0,
            cancellationToken).ConfigureAwait(false);
        return leader;
    }

    /// <summary>A living server that does not lead.</summary>
    public async Task<int> FollowerAsync(CancellationToken cancellationToken)
    {
        var leader = await LeaderAsync(cancellationToken).ConfigureAwait(false);
        var others = Alive.Where(id => id != leader).ToArray();
        return others[(int)(Coin.Share() * others.Length)];
    }

    /// <summary>Ends a server's process as <c>kill -9</c> does.</summary>
    public async Task KillAsync(int serverId, CancellationToken cancellationToken)
    {
        await Client.AgentOf(serverId).StopAsync(Spec.ClusterId, serverId, StopMode.Kill, cancellationToken).ConfigureAwait(false);
        _running.Remove(serverId);
    }

    /// <summary>Starts a server again and waits until it listens.</summary>
    public async Task StartAgainAsync(int serverId, CancellationToken cancellationToken)
    {
        await Client.AgentOf(serverId).StartAsync(Spec.ClusterId, serverId, StartLimit, cancellationToken).ConfigureAwait(false);
        _running.Add(serverId);
    }

    /// <summary>Waits until every living server knows a fresh write to be committed and follows the same leader.</summary>
    public async Task CaughtUpAsync(CancellationToken cancellationToken)
    {
        await WriteOnceAsync(cancellationToken).ConfigureAwait(false);
        await UntilAsync("catch up", StartLimit, IsCaughtUpAsync, cancellationToken).ConfigureAwait(false);

        async Task<bool> IsCaughtUpAsync()
        {
            var answering = await Client.GetAnsweringViewsAsync(cancellationToken).ConfigureAwait(false);
            var living = answering.Where(s => Alive.Contains(s.Id)).ToArray();
            return living.Length == Alive.Count
                && living.Where(s => s.Role == "Leader").MaxBy(s => s.Term) is { } leader
                && living.All(s => s.Term == leader.Term && s.LeaderId == leader.Id && s.CommitIndex >= leader.CommitIndex && s.DurableIndex >= leader.CommitIndex);
        }
    }

    /// <summary>Waits a share of a heartbeat interval, so that the fault falls at a phase that is uniform and repeatable.</summary>
    /// <returns>How long, in milliseconds.</returns>
    public async Task<double> PhaseAsync(CancellationToken cancellationToken)
    {
        var phase = Math.Round(Coin.Share() * Spec.Options.HeartbeatIntervalMs, 1);
        await Task.Delay(TimeSpan.FromMilliseconds(phase), cancellationToken).ConfigureAwait(false);
        return phase;
    }

    /// <summary>Lets a server drop every message, or take and send them again.</summary>
    public async Task MuteAsync(int serverId, bool muted, CancellationToken cancellationToken)
    {
        await Client.Chaos.MuteAsync(serverId, muted, cancellationToken).ConfigureAwait(false);
        _ = muted ? _muted.Add(serverId) : _muted.Remove(serverId);
    }

    /// <summary>Mutes followers, or lets muted servers speak, until so many are alive.</summary>
    public async Task KeepAsync(int count, CancellationToken cancellationToken)
    {
        while (Alive.Count > count)
        {
            await MuteAsync(await FollowerAsync(cancellationToken).ConfigureAwait(false), true, cancellationToken).ConfigureAwait(false);
        }

        while (Alive.Count < count && _muted.Count > 0)
        {
            await MuteAsync(_muted.Min, false, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Mends the network, starts what was killed, and waits until all have caught up: as after the start.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        await Client.Chaos.ResetAsync(cancellationToken).ConfigureAwait(false);
        _muted.Clear();
        _delayMs = 0;
        int[] killed = [.. Spec.Servers.Select(s => s.Id).Except(_running)];
        await Task.WhenAll(killed.Select(id => Client.AgentOf(id).StartAsync(Spec.ClusterId, id, StartLimit, cancellationToken))).ConfigureAwait(false);
        _running.UnionWith(killed);
        await CaughtUpAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Mends what was done to a cluster that goes on, as far as it can, after something failed or was cancelled.</summary>
    public async Task MendAsync()
    {
        using var limit = new CancellationTokenSource(MendLimit);
        try
        {
            await RestoreAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RaftKvException or OperationCanceledException)
        {
            // What made the measurement fail is told; that this failed too adds nothing.
        }
    }

    /// <summary>Delays every message between any two servers by the same time.</summary>
    public async Task DelayAllLinksAsync(double delayMs, CancellationToken cancellationToken)
    {
        if (delayMs == _delayMs)
        {
            return;
        }

        LinkView[] links =
        [
            .. from sender in Spec.Servers
               from receiver in Spec.Servers
               where sender.Id != receiver.Id && delayMs > 0
               select new LinkView(sender.Id, receiver.Id) { DelayMs = delayMs },
        ];
        await Client.Chaos.UploadAsync(links, 1, cancellationToken).ConfigureAwait(false);
        _delayMs = delayMs;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!IsOwn)
        {
            await MeasurementKeys.RemoveAsync(Client, Prefix).ConfigureAwait(false);
            await Writer.DisposeAsync().ConfigureAwait(false);
        }

        await Client.DisposeAsync().ConfigureAwait(false);
        if (Companion is not null)
        {
            await Companion.DisposeAsync().ConfigureAwait(false);
        }

        if (IsOwn)
        {
            await LocalCluster.StopAsync(Spec).ConfigureAwait(false);
        }
    }

    private async Task ReadyAsync(CancellationToken cancellationToken)
    {
        await LeaderAsync(cancellationToken).ConfigureAwait(false);
        await CaughtUpAsync(cancellationToken).ConfigureAwait(false);
        Build = (await Client.GetAnsweringViewsAsync(cancellationToken).ConfigureAwait(false))[0].Build;
    }

    private async Task UntilAsync(string what, TimeSpan limit, Func<Task<bool>> holds, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds().ConfigureAwait(false))
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                throw new RaftKvException(ErrorKind.WaitTimeout, $"Cluster '{Spec.Name}' did not {what} within {limit.TotalSeconds:0} s.");
            }

            await Task.Delay(Poll, cancellationToken).ConfigureAwait(false);
        }
    }
}
