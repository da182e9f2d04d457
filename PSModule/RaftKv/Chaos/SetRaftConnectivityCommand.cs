using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Views;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Replaces the whole matrix of who reaches whom, in one call to each server.</summary>
/// <remarks>
/// <para>What is not named is whole afterwards. Rows of Get-RaftConnectivity can be piped back in, so that a state of the network can be kept and set again; muting is no part of the matrix and stays as it is.</para>
/// <para>All chances begin again from -Seed: the same seed and the same messages lose the same ones.</para>
/// </remarks>
/// <example>
/// <code>$before = Get-RaftConnectivity; Clear-RaftFault; $before | Set-RaftConnectivity</code>
/// Keeps the matrix, mends the network, and breaks it in the same way again.
/// </example>
/// <example>
/// <code>Set-RaftConnectivity -Matrix @(1,1,0), @(1,1,1), @(0,0.9,1)</code>
/// Sets three servers' matrix, a row for each sender: n1 and n3 do not reach each other, and a tenth of what n3 sends to n2 is lost.
/// </example>
[Cmdlet(VerbsCommon.Set, "RaftConnectivity", SupportsShouldProcess = true, DefaultParameterSetName = LinkSet)]
[OutputType(typeof(RaftConnectivity))]
public sealed class SetRaftConnectivityCommand : ClusterCmdlet
{
    private const string LinkSet = "Link";
    private const string MatrixSet = "Matrix";

    private readonly List<LinkView> _links = [];

    /// <summary>The links that are not whole: link objects, rows of Get-RaftConnectivity, or anything with From, To and the parameters of Set-RaftLink as properties. An empty list makes all links whole.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ParameterSetName = LinkSet)]
    [LinkTransformation]
    [AllowEmptyCollection]
    public RaftLink[] Link { get; set; } = [];

    /// <summary>The matrix as numbers, a row for each sending server by rising id: 1 passes all messages, 0 none, and 0.9 loses a tenth.</summary>
    [Parameter(Mandatory = true, ParameterSetName = MatrixSet)]
    [ValidateNotNullOrEmpty]
    public double[][] Matrix { get; set; } = [];

    /// <summary>Where all chances begin. Without it a random number is drawn, which -Verbose tells.</summary>
    [Parameter]
    public ulong Seed { get; set; }

    /// <summary>Returns who reaches whom afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _links.AddRange(Link.Select(link => link.View));

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        RaftCluster cluster = TargetCluster();
        if (ParameterSetName == MatrixSet)
        {
            _links.AddRange(Read(cluster.Session.Spec.Servers));
        }

        ulong seed = SeedDraw.Of(this, Seed);
        if (!ShouldProcess($"Cluster '{cluster.Name}'", $"Replace the matrix by one with {_links.Count} links that are not whole"))
        {
            return;
        }

        WriteVerbose($"The chances begin at seed {seed}.");
        if (!TryRun(cluster, token => cluster.Session.Client.Chaos.UploadAsync(_links, seed, token), out ChaosResult result))
        {
            return;
        }

        ChaosReport.Write(this, result, cluster);
        if (PassThru && TryRun(cluster, token => cluster.Session.Client.GetMatrixViewsAsync(token), out IReadOnlyList<MatrixView> matrices))
        {
            WriteObject(RaftConnectivity.From(matrices, cluster), true);
        }
    }

    private IEnumerable<LinkView> Read(IReadOnlyList<ServerSpec> servers)
    {
        int count = servers.Count;
        if (Matrix.Length != count || Matrix.Any(row => row?.Length != count) || Matrix.Any(row => row.Any(share => share is not (>= 0 and <= 1))))
        {
            Fail(ErrorIds.PartitionInvalid, ErrorCategory.InvalidArgument, Matrix,
                $"Nothing was changed: the matrix must have {count} rows of {count} numbers from 0 to 1.");
        }

        int[] ids = [.. servers.Select(server => server.Id).Order()];
        return
            from row in Enumerable.Range(0, count)
            from column in Enumerable.Range(0, count)
            let share = Matrix[row][column]
            where row != column && share < 1
            select new LinkView(ids[row], ids[column]) { Blocked = share == 0, DropRate = share == 0 ? 0 : 1 - share };
    }
}
