using RaftKv.Api.Clusters;
using RaftKv.Api.Connections;

namespace RaftKv.Api.Clients;

/// <summary>
/// One cluster seen from a client: shared connections and the calls of every service. Thread-safe; dispose it to
/// close the connections.
/// </summary>
public sealed class ClusterClient : IAsyncDisposable
{
    private readonly ClientOptions _options;
    private readonly ServerSet _servers;
    private readonly LeaderFinder _leaders;
    private readonly Lock _agentsLock = new();
    private readonly Dictionary<AgentSpec, AgentClient> _agents = [];

    /// <summary>Makes a client; connects on first use.</summary>
    public ClusterClient(ClusterSpec spec, ClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        _options = options ?? new ClientOptions();
        _servers = new ServerSet(spec);
        _leaders = new LeaderFinder(_servers);
        Admin = new AdminClient(_servers);
        Chaos = new ChaosClient(_servers, spec.ChaosToken);
    }

    /// <summary>The cluster.</summary>
    public ClusterSpec Spec => _servers.Spec;

    /// <summary>Looks into and steers single servers.</summary>
    public AdminClient Admin { get; }

    /// <summary>Breaks the network of all servers at once.</summary>
    public ChaosClient Chaos { get; }

    /// <summary>Makes a key-value client with a session of its own over the shared connections.</summary>
    /// <param name="gatherWrites">
    /// Whether its writes that wait at the same time travel in one message, which costs both ends a fraction of a call
    /// each. Nothing waits for company: the first goes at once. Leave it off where single calls are what is measured.
    /// </param>
    public KvClient CreateKvClient(bool gatherWrites = false) => new(_servers, _leaders, _options, gatherWrites);

    /// <summary>Makes a client whose writes are named by its caller.</summary>
    public NamedWriteClient CreateNamedWriteClient() => new(_servers, _leaders, _options);

    /// <summary>Takes the members of a newer cluster file into use; operations under way go on.</summary>
    public void Use(ClusterSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        _servers.Use(spec);
    }

    /// <summary>The same where what is known of the members changes; of several changes at the same moment none is lost.</summary>
    internal void Change(Func<ClusterSpec, ClusterSpec> change) => _servers.Change(change);

    /// <summary>The agent that looks after a server. Shared: it is closed with this client, not before.</summary>
    /// <exception cref="RaftKvException">ServerNotFound: no such server, or no one looks after it.</exception>
    public AgentClient AgentOf(int serverId)
    {
        var number = _servers.Find(serverId).Spec.Agent;
        var agents = Spec.Agents;
        if (number < 0 || number >= agents.Count)
        {
            throw new RaftKvException(
                ErrorKind.ServerNotFound,
                $"No agent looks after server {serverId} of cluster '{Spec.Name}': its process cannot be started, stopped or paused from here.");
        }

        lock (_agentsLock)
        {
            // By what the agent is and not by its number: a cluster that was started again has another one.
            if (!_agents.TryGetValue(agents[number], out var agent))
            {
                agent = new AgentClient(agents[number], shared: true);
                _agents.Add(agents[number], agent);
            }

            return agent;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        AgentClient[] agents;
        lock (_agentsLock)
        {
            agents = [.. _agents.Values];
        }

        foreach (var agent in agents)
        {
            await agent.CloseAsync();
        }

        _servers.Dispose();
    }
}
