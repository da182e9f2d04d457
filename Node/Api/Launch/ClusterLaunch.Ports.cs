using System.Diagnostics;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>The ports of a stopped cluster, which it gets back.</summary>
internal sealed partial class ClusterLaunch
{
    /// <summary>Longer than servers take to end whose agent was ended.</summary>
    private static readonly TimeSpan PortPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PortPollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The file that will name the ports while the cluster is stopped; null for one that is gone then.</summary>
    private string? KeptBy => _temporary ? null : ClusterSpec.FileOf(claim.Name);

    private async Task<IReadOnlyList<int>> TakeBackPortsAsync(
        AgentClient client, IReadOnlyList<ServerSpec> before, CancellationToken cancellationToken)
    {
        var taken = await client.ReserveThesePortsAsync([.. before.Select(s => s.Endpoint.Port)], KeptBy, cancellationToken);
        for (var since = Stopwatch.GetTimestamp(); taken.Count > 0 && Stopwatch.GetElapsedTime(since) < PortPatience;)
        {
            // A cluster that was stopped just now may not have let go of all of them yet.
            await Task.Delay(PortPollInterval, cancellationToken);
            taken = await client.ReserveThesePortsAsync(taken, KeptBy, cancellationToken);
        }

        if (taken.Count == 0)
        {
            return [.. before.Select(s => s.Endpoint.Port)];
        }

        var which = string.Join(", ", before.Where(s => taken.Contains(s.Endpoint.Port)).Select(s => $"port {s.Endpoint.Port} of server {s.Name}"));
        if (!options.NewPorts)
        {
            throw new RaftKvException(
                ErrorKind.PortInUse,
                $"The stopped cluster '{claim.Name}' was not started: another program or cluster has {which}. End what listens there and start it "
                + $"again, or let it listen elsewhere: 'Start-RaftCluster {claim.Name} -NewPort' gives other ports to the servers whose port is taken.");
        }

        var free = new Queue<int>(await client.ReservePortsAsync(taken.Count, KeptBy, cancellationToken));
        int[] ports = [.. before.Select(s => taken.Contains(s.Endpoint.Port) ? free.Dequeue() : s.Endpoint.Port)];
        options.OnWarning?.Invoke(
            $"Cluster '{claim.Name}': {which} is taken. "
            + string.Join(", ", before.Zip(ports).Where(p => p.First.Endpoint.Port != p.Second).Select(p => $"{p.First.Name} listens on port {p.Second} now"))
            + ". Who connects by addresses needs the new ones.");
        return ports;
    }
}
