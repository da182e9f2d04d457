using System.Globalization;
using RaftKv.Api.Clients;

namespace RaftKv.Commands;

/// <summary>Says which servers a change of the network did not reach.</summary>
internal static class ChaosReport
{
    /// <summary>Warns of each, because until it is reached it follows the old rules.</summary>
    public static void Write(RaftCmdlet cmdlet, ChaosResult result, RaftCluster cluster)
    {
        foreach ((int id, string why) in result.Missing)
        {
            string name = cluster.Session.Spec.Servers.FirstOrDefault(server => server.Id == id)?.Name ?? id.ToString(CultureInfo.InvariantCulture);
            cmdlet.WriteWarning($"{name} did not confirm: {why}");
        }

        cmdlet.WriteVerbose($"Confirmed by {string.Join(", ", result.Confirmed)}.");
    }
}
