using System.Text;

namespace RaftKv.Evaluation.Reports;

/// <summary>The report as a README.</summary>
internal sealed class MarkdownReport(IReadOnlyList<Chapter> chapters, IReadOnlyList<Claim> claims)
{
    /// <summary>By this line a report is known for one.</summary>
    public const string FirstLine = "# Results";

    public string Text()
    {
        var text = new StringBuilder();
        Line(text, FirstLine);
        Line(text, "Generated from the CSVs beside it by `Export-RaftReport`; what it says in words of its own stands in `notes/`. `report.html` holds the same with all figures in one file.");
        Line(text, EvaluationReport.Origin([.. chapters.SelectMany(c => c.Rows)]));
        Line(text, "To run all of it again: `Evaluation/FullEvaluation.ps1`, over several sittings if need be. A finished part is not run again.");
        Line(text, "## What the paper says, what we set out to reach, and what was found");
        text.Append("| figure | preset | claim | found | holds |\n| --- | --- | --- | --- | --- |\n");
        foreach (var claim in claims)
        {
            text.Append($"| {claim.Figure} | {claim.Preset} | {claim.Expected} | {claim.Found} | {claim.Holds switch { true => "yes", false => "**no**", _ => "-" }} |\n");
        }

        text.Append('\n');
        foreach (var chapter in chapters)
        {
            Line(text, $"## {chapter.Title}");
            Line(text, chapter.Info.Question);
            Line(text, $"![{chapter.Model.Title}]({chapter.SvgPath})");
            if (chapter.Notes.Length > 0)
            {
                Line(text, chapter.Notes);
            }

            Line(text, $"`{EvaluationReport.Command(chapter)}`");
        }

        Line(text, "## How long it took");
        Line(text, "With starting the clusters, which cells of several experiments share: each counts where it was started.");
        text.Append("| experiment | figure | preset | cells | minutes planned | minutes taken |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (var row in EvaluationReport.Times(chapters))
        {
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append("\n\n");
}
