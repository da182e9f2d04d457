using System.Security.Cryptography;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>One launch of a cluster: what it has started so far, so that a failure or Ctrl-C can take it all back.</summary>
internal sealed partial class ClusterLaunch(LaunchOptions options, NameClaim claim, IProgress<(string Text, int Done, int Total)>? progress)
{
    private static readonly TimeSpan UndoLimit = TimeSpan.FromSeconds(10);

    private readonly string _clusterId = claim.Stopped?.ClusterId ?? Guid.NewGuid().ToString("N");
    private readonly List<AgentSpec> _agents = [];
    private readonly LaunchPlan _plan = LaunchPlan.Of(options, claim.Name, claim.Stopped);
    private string? _dataPath;
    private bool _madeDataPath;
    private bool _temporary;
    private AgentSpec? _ownAgent;
    private int _ready;

    public async Task<ClusterSpec> RunAsync(CancellationToken cancellationToken)
    {
        Report($"Starting {(claim.Stopped is null ? "" : "the stopped ")}cluster '{claim.Name}' with {_plan.ServerCount} servers, preset {_plan.Preset}");
        PlaceData();
        await TakeAgentsAsync(cancellationToken);
        var clients = _agents.ConvertAll(a => new AgentClient(a));
        try
        {
            var servers = await PlaceServersAsync(clients, cancellationToken);
            var spec = new ClusterSpec
            {
                Name = claim.Name,
                ClusterId = _clusterId,
                Servers = servers,
                Agents = _agents,
                ChaosToken = _plan.Chaos ? claim.Stopped?.ChaosToken ?? NewToken() : null,
                DataPath = _dataPath,
                DataIsTemporary = _temporary,
                LoseUnsyncedOnKill = _plan.LoseUnsyncedOnKill,
                AllowInsecure = options.AllowInsecure,
                Preset = _plan.Preset,
                Options = _plan.Options,
                CreatedUtc = claim.Stopped?.CreatedUtc ?? DateTimeOffset.UtcNow,
            };
            LaunchRecord.Write(spec, isNew: claim.Stopped is null);
            var made = await CreateServersAsync(spec, clients, cancellationToken);
            spec = spec with { Servers = [.. spec.Servers.Select(s => made.TryGetValue(s.Id, out var i) ? s with { Incarnation = i } : s)] };
            await StartServersAsync(spec, clients, cancellationToken);
            WarnOfChanges();
            spec = spec.Save();
            LaunchRecord.Delete(claim.Name);
            return spec;
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }
    }

    /// <summary>
    /// Ends all that this launch started and deletes what it made, which is nothing where it started a stopped cluster
    /// again. Does its best and never fails: the first error is the one to see.
    /// </summary>
    public async Task UndoAsync()
    {
        using var limit = new CancellationTokenSource(UndoLimit);
        try
        {
            foreach (var agent in _agents.Where(a => a != _ownAgent))
            {
                // Agents make directories for a new cluster only where nothing lies: whatever is there by its id is new.
                await RemoveServersAsync(agent, _clusterId, StopMode.Kill, deleteData: claim.Stopped is null, limit.Token);
            }

            if (_ownAgent is not null)
            {
                await LocalAgent.StopAsync(_ownAgent, StopMode.Kill, limit.Token);
            }

            if (_dataPath is not null && options.Agents.Count == 0 && claim.Stopped is not null && _madeDataPath)
            {
                // Nothing of the cluster lay there, so that there is only what the agent wrote.
                ClusterData.DeleteIfOurs(_dataPath, temporary: false);
            }
            else if (_dataPath is not null && options.Agents.Count == 0 && claim.Stopped is null)
            {
                // By its id, as a directory of the user's may hold other things.
                ClusterData.Delete(new ClusterSpec
                {
                    Name = claim.Name,
                    ClusterId = _clusterId,
                    Servers = [],
                    DataPath = _dataPath,
                    DataIsTemporary = _temporary,
                });
            }

            // Where something could not be taken back, the record stays for the next start or removal.
            LaunchRecord.Delete(claim.Name);
        }
        catch (Exception e) when (e is RaftKvException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            progress?.Report(($"Not everything could be taken back: {e.Message}", _ready, _plan.ServerCount));
        }
    }

    /// <summary>Ends and forgets one cluster's servers at an agent that others use too.</summary>
    public static async Task RemoveServersAsync(AgentSpec agent, string clusterId, StopMode mode, bool deleteData, CancellationToken cancellationToken)
    {
        await using var client = new AgentClient(agent);
        var servers = await client.ListAsync(clusterId, cancellationToken);
        await Task.WhenAll(servers.Select(async server =>
        {
            await client.StopAsync(clusterId, server.ServerId, mode, cancellationToken);
            await client.RemoveAsync(clusterId, server.ServerId, deleteData, cancellationToken);
        }));
    }

    private void PlaceData()
    {
        var asked = options.DataPath ?? claim.Stopped?.DataPath;
        _temporary = asked is null;
        if (options.Agents.Count > 0)
        {
            _dataPath = asked;
            return;
        }

        if (asked is null)
        {
            _dataPath = UserFiles.CreateTemporaryDirectory(ClusterFileRules.TemporaryPrefix);
            return;
        }

        _dataPath = Path.GetFullPath(asked);
        RequireDataThere(_dataPath);
        _madeDataPath = !Directory.Exists(_dataPath);
        CreateDataDirectory(_dataPath);
    }

    /// <exception cref="IOException">It cannot be made; the message names it and what to do.</exception>
    private static void CreateDataDirectory(string path)
    {
        try
        {
            UserFiles.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                File.Exists(path)
                    ? $"The data cannot lie in '{path}': that is a file. Let -DataPath name a folder, which is made where it is missing."
                    : $"The folder '{path}' for the data cannot be made: {e.Message} Let -DataPath name a place where you may make folders.", e);
        }
    }

    /// <summary>A stopped cluster goes on where its data was moved to. Where nothing of it lies, another place was named than meant.</summary>
    private void RequireDataThere(string asked)
    {
        if (MovedFrom is { } kept && !ClusterData.Holds(_clusterId, asked))
        {
            throw new RaftKvException(
                ErrorKind.DataDirectoryMissing,
                $"Cluster '{claim.Name}' was not started: '{asked}' holds no data of it. Its data was kept in '{kept}'"
                + (ClusterData.Holds(_clusterId, kept)
                    ? $" and lies there: 'Start-RaftCluster {claim.Name}' without -DataPath goes on with it. To have it elsewhere, move that folder first. "
                    : ", where it is no more. Name the folder that it was moved to. ")
                + "For a new cluster choose another name.");
        }
    }

    /// <summary>Where a stopped cluster kept its data, if another place is asked for; else null.</summary>
    private string? MovedFrom => claim.Stopped?.DataPath is { } kept && options.DataPath is { } asked && Path.GetFullPath(kept) != Path.GetFullPath(asked) ? kept : null;

    private async Task TakeAgentsAsync(CancellationToken cancellationToken)
    {
        if (options.Agents.Count > 0)
        {
            _agents.AddRange(options.Agents.Select(a => a with { ProcessId = 0 }));
            return;
        }

        Report("Starting the agent");
        _ownAgent = await LocalAgent.StartAsync(
            new LocalAgentOptions
            {
                NodePath = options.NodePath,
                Directory = _dataPath!,
                DirectoryIsTemporary = _temporary,
                Detached = options.Detached,
                Timeout = options.Timeout,
            },
            cancellationToken);
        _agents.Add(_ownAgent);
    }

    /// <summary>
    /// Says which server is where. One of a stopped cluster keeps its port, so that anyone who knows its address finds it
    /// again, and anyone who has come and gone meanwhile stays gone.
    /// </summary>
    private async Task<IReadOnlyList<ServerSpec>> PlaceServersAsync(List<AgentClient> clients, CancellationToken cancellationToken)
    {
        var before = claim.Stopped?.Servers.OrderBy(s => s.Id).ToList();
        var servers = await Task.WhenAll(clients.Select(async (client, agent) =>
        {
            int[] places = [.. Enumerable.Range(0, _plan.ServerCount).Where(i => i % clients.Count == agent)];
            var host = _agents[agent].Endpoint.Host;
            IReadOnlyList<int> ports = before is null
                ? await client.ReservePortsAsync(places.Length, KeptBy, cancellationToken)
                : await TakeBackPortsAsync(client, [.. places.Select(i => before[i])], cancellationToken);
            return places.Select((place, i) => new ServerSpec(
                before?[place].Id ?? place + 1,
                before?[place].Name ?? $"n{place + 1}",
                new UriBuilder(Uri.UriSchemeHttp, host, ports[i]).Uri,
                agent,
                before?[place].Joined ?? false,
                before?[place].Incarnation ?? 0));
        }));
        return [.. servers.SelectMany(s => s).OrderBy(s => s.Id)];
    }

    private static ParallelOptions Parallelism(CancellationToken cancellationToken) => new()
    {
        MaxDegreeOfParallelism = Math.Max(8, 2 * Environment.ProcessorCount),
        CancellationToken = cancellationToken,
    };

    private void Report(string text) => progress?.Report((text, Volatile.Read(ref _ready), _plan.ServerCount));

    private static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}
