using System.Management.Automation;
using RaftKv.Evaluation.Reports;

namespace RaftKv.Commands;

/// <summary>Draws all figures of a folder of CSVs and writes a report about them.</summary>
/// <remarks>
/// <para>The CSVs alone decide what it says: report.html is one file that opens without a network, README.md the same for a terminal. Words of your own about an experiment are taken from notes/NAME.md beside the report.</para>
/// </remarks>
/// <example>
/// <code>Export-RaftReport results/full results</code>
/// Makes the report of the full evaluation again.
/// </example>
/// <example>
/// <code>Export-RaftReport -Path results/quick -OutputPath results/quick</code>
/// Makes a report of quick runs beside their CSVs.
/// </example>
/// <example>
/// <code>Export-RaftReport results/full results -ReadmePath README.md</code>
/// Writes two figures and our numbers beside the paper's into the head of the README too.
/// </example>
[Cmdlet(VerbsData.Export, "RaftReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportRaftReportCommand : RaftCmdlet
{
    /// <summary>The folder with the CSVs that Invoke-RaftExperiment wrote. Figures are drawn beside them.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The folder for report.html and README.md. Files that exist are replaced.</summary>
    [Parameter(Position = 1, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "";

    /// <summary>A README whose head shows two figures and the numbers beside the paper's, between two comments that are put there the first time.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReadmePath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string csvs = ResolveOutputPath(Path);
        string output = ResolveOutputPath(OutputPath);
        string? readme = ReadmePath is null ? null : ResolveOutputPath(ReadmePath);
        if (!ShouldProcess(output, "Write a report"))
        {
            return;
        }

        if (TryRun(csvs, _ => Task.Run(() => EvaluationReport.Write(csvs, output, readme), CancellationToken.None), out IReadOnlyList<string> written))
        {
            foreach (string file in written)
            {
                WriteObject(new FileInfo(file));
            }
        }
    }
}
