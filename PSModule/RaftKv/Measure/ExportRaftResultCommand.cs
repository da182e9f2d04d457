using System.Collections;
using System.Management.Automation;
using RaftKv.Base;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv.Commands;

/// <summary>Writes numbers that a script measured to a CSV, in the columns that every result has.</summary>
/// <remarks>
/// <para>A row is a hashtable or an object whose names are columns: Metric, Value and Unit, and whatever else varies. What a row leaves out comes from the parameters, from the cluster and from this machine. Export-RaftFigure and Export-RaftReport read the file.</para>
/// </remarks>
/// <example>
/// <code>@{ Metric = 'StartToFirstPut'; Value = 0.8; Unit = 's' } | Export-RaftResult start.csv -Experiment Start -Cluster orders</code>
/// Writes one row, with what is known of the cluster: its size, preset and options.
/// </example>
/// <example>
/// <code>@{ Metric = 'StartToFirstPut'; Value = 0.7; Unit = 's' } | Export-RaftResult -Path results/quick/latency.csv -Experiment Start -RunId 20261130T120000-0001 -Append</code>
/// Adds a row to a file that an earlier part of the same run has written.
/// </example>
[Cmdlet(VerbsData.Export, "RaftResult", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class ExportRaftResultCommand : ClusterCmdlet
{
    private readonly List<ResultRow> _rows = [];
    private ResultRow? _head;

    /// <summary>The CSV. Its folder is made where it is missing. A file that exists is replaced, unless -Append is given.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>A row: a hashtable or an object whose names are columns of a result CSV. Another name is an error that lists the columns.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject InputObject { get; set; } = null!;

    /// <summary>The experiment of rows that name none.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Experiment { get; set; } = "Script";

    /// <summary>The scale of rows that name none: how much was measured.</summary>
    [Parameter]
    public string Scale { get; set; } = "Quick";

    /// <summary>What joins the rows of one run. Without it, this call is a run of its own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RunId { get; set; }

    /// <summary>The cluster that was measured, by name or object. Its number of servers, preset, options and election timeouts stand in rows that name none. Without it, those columns stay empty.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <summary>Adds the rows to a file that exists.</summary>
    [Parameter]
    public SwitchParameter Append { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ResultRow row = (_head ??= MakeHead()) with { UtcTime = DateTimeOffset.UtcNow };
        try
        {
            foreach ((string name, object? value) in ColumnsOf(InputObject))
            {
                row = ResultSchema.With(row, name, value is PSObject wrapped ? wrapped.BaseObject : value);
            }
        }
        catch (ArgumentException e)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, InputObject, $"Row {_rows.Count + 1} is no result. {e.Message}");
        }

        _rows.Add(row);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string path = ResolveOutputPath(Path);
        if (_rows.Count > 0 && ShouldProcess(path, $"Write {_rows.Count} row(s)"))
        {
            TryRun(path, _ => Task.Run(() => ResultCsv.Write(path, _rows, Append), CancellationToken.None));
        }
    }

    private ResultRow MakeHead()
    {
        ResultRow head = Cluster is null ? RowHead.Of(Experiment) : RowHead.Of(TargetCluster().Session.Spec, Experiment);
        return head with { Scale = Scale, RunId = RunId ?? head.RunId };
    }

    private static IEnumerable<(string Name, object? Value)> ColumnsOf(PSObject row) => row.BaseObject is IDictionary table
        ? table.Cast<DictionaryEntry>().Select(entry => (entry.Key.ToString()!, entry.Value))
        : row.Properties.Where(property => property.IsGettable).Select(property => (property.Name, (object?)property.Value));
}
