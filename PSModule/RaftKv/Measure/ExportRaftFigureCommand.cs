using System.Management.Automation;
using RaftKv.Evaluation.Figures;

namespace RaftKv.Commands;

/// <summary>Draws a figure from a result CSV.</summary>
/// <remarks>
/// <para>The CSV alone decides what is drawn, so that a figure can always be drawn again. The extension of -OutputPath decides the format: .png or .svg.</para>
/// </remarks>
/// <example>
/// <code>Export-RaftFigure results/quick/throughput.csv results/quick/throughput.png</code>
/// Draws a picture.
/// </example>
/// <example>
/// <code>Export-RaftFigure -Path results/quick/latency.csv -OutputPath latency.svg -Metric PutLatencyP99 -Title 'Slowest 1%'</code>
/// Draws one of several metrics under a title of your own.
/// </example>
[Cmdlet(VerbsData.Export, "RaftFigure", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportRaftFigureCommand : RaftCmdlet
{
    /// <summary>The CSV to draw.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The picture to write. One that exists is replaced. Without it, the CSV's path with the extension .png.</summary>
    [Parameter(Position = 1)]
    [ValidatePattern("\\.(png|svg)$", ErrorMessage = "'{0}' does not end in .png or .svg.")]
    public string? OutputPath { get; set; }

    /// <summary>The metric to draw. Without it, the file's only one or its first.</summary>
    [Parameter]
    public string? Metric { get; set; }

    /// <summary>The column on the x axis. Without it, the one that varies.</summary>
    [Parameter]
    public string? X { get; set; }

    /// <summary>The column that separates the series. Without it, one is chosen.</summary>
    [Parameter]
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
        string csv = ResolveOutputPath(Path);
        string output = OutputPath is null ? System.IO.Path.ChangeExtension(csv, ".png") : ResolveOutputPath(OutputPath);
        if (!ShouldProcess(output, "Draw a figure"))
        {
            return;
        }

        FigureOptions options = new()
        {
            Metric = Metric,
            X = X,
            Series = Series,
            Title = Title,
            Width = Width,
            Height = Height,
        };
        if (TryRun(csv, _ => Task.Run(() => Figure.Export(csv, output, options), CancellationToken.None)))
        {
            WriteObject(new FileInfo(output));
        }
    }
}
