using System.Management.Automation;
using RaftKv.Arguments;
using RaftKv.Base;
using RaftKv.Evaluation.Figures;

namespace RaftKv.Commands;

/// <summary>Draws a figure from a result CSV, any other table, or objects from the pipeline.</summary>
/// <remarks>
/// <para>The table alone decides what is drawn, so that a figure can always be drawn again. The extension of -OutputPath decides the format: .png or .svg.</para>
/// <para>Any CSV with a header is drawn whose rows are observations: one column is the x axis, one holds numbers, and another may separate series; where several rows fall on one point their median is drawn. Objects from the pipeline are drawn the same way, with their properties as columns. A string or a file from the pipeline is a CSV to draw.</para>
/// </remarks>
/// <example>
/// <code>Export-RaftFigure results/quick/throughput.csv results/quick/throughput.png</code>
/// Draws a picture.
/// </example>
/// <example>
/// <code>Export-RaftFigure -Path results/quick/latency.csv -OutputPath latency.svg -Metric PutLatencyP99 -Title 'Slowest 1%'</code>
/// Draws one of several metrics under a title of your own.
/// </example>
/// <example>
/// <code>Get-RaftServer | Export-RaftFigure -OutputPath applied.png -X Name -Metric AppliedIndex</code>
/// Draws what objects have in a property.
/// </example>
[Cmdlet(VerbsData.Export, "RaftFigure", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(RaftFigure))]
public sealed class ExportRaftFigureCommand : RaftCmdlet
{
    private const string PathSet = "Path";
    private const string InputSet = "Input";

    private readonly PipedTable _piped = new();
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);

    /// <summary>The CSV to draw.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = PathSet)]
    [Alias("PSPath", "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Objects to draw, each a row; or the CSVs to draw, as strings, files, or objects that name theirs in Path.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject InputObject { get; set; } = new();

    /// <summary>The picture to write. One that exists is replaced, and its folder is made where it is missing. Without it, the CSV's path with the extension .png; objects need it.</summary>
    [Parameter(Position = 1, ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = InputSet)]
    [ValidatePattern("\\.(png|svg)$", ErrorMessage = "'{0}' does not end in .png or .svg.")]
    public string? OutputPath { get; set; }

    /// <summary>The metric to draw: of a result CSV, and of any table with the columns Metric and Value, what the column Metric names; else a column of numbers. Without it, the only one or the first.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FigureCompleter))]
    public string? Metric { get; set; }

    /// <summary>The column on the x axis. Without it, the one that varies.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FigureCompleter))]
    public string? X { get; set; }

    /// <summary>The column that separates the series. Without it, one is chosen.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FigureCompleter))]
    public string? Series { get; set; }

    /// <summary>The title. Without it, made from experiment and metric.</summary>
    [Parameter]
    public string? Title { get; set; }

    /// <summary>The width in pixels.</summary>
    [Parameter]
    [ValidateRange(200, 10_000)]
    public int Width { get; set; } = 1000;

    /// <summary>The height in pixels. Without it, as high as the figure's panels need: 600 for one, 450 for each of several.</summary>
    [Parameter]
    [ValidateRange(200, 10_000)]
    public int? Height { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == PathSet)
        {
            Draw(Path);
        }
        else if (PipedTable.FileOf(InputObject) is { } path)
        {
            Draw(path);
        }
        else
        {
            _piped.Add(InputObject);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_piped.IsEmpty)
        {
            return;
        }

        if (OutputPath is null)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, null, "Objects have no file name for a picture: name one with -OutputPath.");
        }

        string output = ResolveOutputPath(OutputPath);
        Draw(output, () => Figure.Export(_piped.ToTable(), output, Options()));
    }

    private void Draw(string path)
    {
        string csv = ResolveOutputPath(path);
        string output = OutputPath is null ? System.IO.Path.ChangeExtension(csv, ".png") : ResolveOutputPath(OutputPath);
        if (string.Equals(csv, output, StringComparison.OrdinalIgnoreCase))
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, output, $"The picture would take the place of its table '{csv}'. Nothing was drawn: give another -OutputPath.");
        }

        Draw(output, () => Figure.Export(csv, output, Options()));
    }

    private void Draw(string output, Func<FigureSummary> draw)
    {
        if (!_written.Add(output))
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, output,
                $"'{output}' holds the figure of the table before. Nothing more was drawn: one -OutputPath takes one table, and without it each gets a picture beside it.");
        }

        if (ShouldProcess(output, "Draw a figure") && TryRun(output, _ => Task.Run(draw, CancellationToken.None), out FigureSummary summary))
        {
            WriteObject(RaftFigure.From(summary, output));
        }
    }

    private FigureOptions Options() => new()
    {
        Metric = Metric,
        X = X,
        Series = Series,
        Title = Title,
        Width = Width,
        Height = Height,
    };
}
