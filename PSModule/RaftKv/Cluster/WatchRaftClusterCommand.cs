using System.Management.Automation;
using System.Management.Automation.Host;
using System.Runtime.CompilerServices;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using Terminal = System.Console;

namespace RaftKv.Commands;

/// <summary>Shows the servers of a cluster again and again, until Ctrl-C.</summary>
/// <remarks>
/// <para>On a terminal the table is redrawn in its place. Where the output goes into a file, a variable or another command, each look is one line. Beside each server's own fault stand the partitions and bad links that it has in force.</para>
/// </remarks>
/// <example>
/// <code>Watch-RaftCluster</code>
/// Watches the current cluster, a look each second.
/// </example>
/// <example>
/// <code>Watch-RaftCluster -IntervalSec 0.2 | Select-Object -First 10</code>
/// Gives ten lines, five a second, and ends.
/// </example>
[Cmdlet(VerbsCommon.Watch, "RaftCluster")]
[OutputType(typeof(string))]
public sealed class WatchRaftClusterCommand : ClusterCmdlet
{
    private int _drawn;

    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <summary>How many seconds from one look to the next.</summary>
    [Parameter]
    [ValidateRange(0.05, 3600.0)]
    public double IntervalSec { get; set; } = 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        bool redraws = MyInvocation.PipelinePosition == MyInvocation.PipelineLength && Host.Name == "ConsoleHost"
            && !Terminal.IsOutputRedirected;
        TryStream(
            cluster,
            token => LookAsync(cluster, token),
            look =>
            {
                if (redraws)
                {
                    Draw(ServerTable.Lines(cluster.Name, look.Views, look.Network, DateTime.Now));
                }
                else
                {
                    WriteObject(ServerTable.Line(look.Views, look.Network, DateTime.Now));
                }
            });
    }

    private async IAsyncEnumerable<(IReadOnlyList<ServerView> Views, IReadOnlyDictionary<int, string> Network)> LookAsync(
        RaftCluster cluster, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next = Task.Delay(TimeSpan.FromSeconds(IntervalSec), cancellationToken);
            Task<IReadOnlyDictionary<int, string>> network = NetworkFaults.ReadAsync(cluster, cancellationToken);
            yield return (await cluster.Session.Client.GetServerViewsAsync(cancellationToken), await network);
            await next;
        }
    }

    /// <summary>Writes the lines over those of the last time.</summary>
    private void Draw(IReadOnlyList<string> lines)
    {
        PSHostRawUserInterface terminal = Host.UI.RawUI;
        if (_drawn > 0)
        {
            terminal.CursorPosition = new Coordinates(0, Math.Max(0, terminal.CursorPosition.Y - _drawn));
        }

        int width = Math.Max(20, terminal.WindowSize.Width - 1);
        foreach (string line in lines)
        {
            Host.UI.WriteLine(line.Length > width ? line[..width] : line.PadRight(width));
        }

        _drawn = lines.Count;
    }
}
