using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;

namespace RaftKv.Tests.Api;

/// <summary>Operations whose deadline passes.</summary>
internal static class GivingUp
{
    /// <summary>
    /// Runs an operation until its deadline has passed, and disposes the servers. A slow machine may not get as far as the
    /// test wants within a short deadline: then it is tried again with twice as long a one.
    /// </summary>
    /// <param name="servers">The servers.</param>
    /// <param name="operation">What is given up.</param>
    /// <param name="isFarEnough">Whether what the test is about has happened, with the error that it ended with.</param>
    /// <param name="spec">The cluster, if it has more servers than these.</param>
    /// <param name="gatherWrites">Whether writes that wait together travel together.</param>
    internal static async Task<RaftKvException> OfAsync(
        FakeServer[] servers, Func<KvClient, Task> operation, Func<RaftKvException, bool> isFarEnough, ClusterSpec? spec = null, bool gatherWrites = false)
    {
        try
        {
            for (var deadline = TimeSpan.FromSeconds(1.5); ; deadline *= 2)
            {
                var options = new ClientOptions { Deadline = deadline, AttemptTimeout = deadline * 0.3 };
                await using var client = new ClusterClient(spec ?? FakeServer.SpecOf(servers), options);
                await using var kv = client.CreateKvClient(gatherWrites);
                var error = await Assert.ThrowsAsync<RaftKvException>(() => operation(kv));
                if (isFarEnough(error) || deadline > Patience.Limit)
                {
                    return error;
                }
            }
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }
}
