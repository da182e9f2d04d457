using System.Text;
using System.Text.RegularExpressions;

namespace RaftKv.Evaluation.Reports;

/// <summary>The report as one HTML file: figures are inside, nothing is loaded from anywhere.</summary>
internal sealed partial class HtmlReport(IReadOnlyList<Chapter> chapters, IReadOnlyList<Claim> claims)
{
    private const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
        table { border-collapse: collapse; font-size: 14px; } td, th { border: 1px solid #ccc; padding: .2rem .5rem; text-align: left; vertical-align: top; }
        svg { max-width: 100%; height: auto; } code { background: #f3f3f3; padding: .1rem .3rem; } .no { background: #fde2dc; } .yes { background: #e3f3e3; }
        """;

    public string Text()
    {
        var text = new StringBuilder();
        text.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>RaftKv: results of the evaluation</title>\n<style>\n")
            .Append(Style).Append("\n</style>\n</head>\n<body>\n<h1>Results of the evaluation</h1>\n");
        Paragraph(text, EvaluationReport.Escape(EvaluationReport.Origin([.. chapters.SelectMany(c => c.Rows)])));
        Paragraph(text, "All of it is run by <code>Evaluation/FullEvaluation.ps1</code> and drawn from the CSVs by <code>Export-RaftReport</code>.");
        AppendClaims(text);
        foreach (var (index, chapter) in chapters.Index())
        {
            text.Append($"<h2>{EvaluationReport.Escape(chapter.Title)}</h2>\n");
            Paragraph(text, EvaluationReport.Escape(chapter.Info.Question));
            text.Append(Inline(chapter.Svg, index)).Append('\n');
            foreach (var paragraph in chapter.Notes.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            {
                Paragraph(text, Code().Replace(EvaluationReport.Escape(paragraph.Trim()), "<code>$1</code>"));
            }

            Paragraph(text, $"<code>{EvaluationReport.Escape(EvaluationReport.Command(chapter))}</code>");
            AppendNumbers(text, chapter);
        }

        return text.Append("</body>\n</html>\n").ToString();
    }

    private void AppendClaims(StringBuilder text)
    {
        text.Append("<h2>What the paper says, what we set out to reach, and what was found</h2>\n<table>\n<tr><th>figure</th><th>preset</th><th>claim</th><th>found</th><th>holds</th></tr>\n");
        foreach (var claim in claims)
        {
            var verdict = claim.Holds switch { true => "yes", false => "no", _ => "-" };
            text.Append($"<tr class=\"{verdict.Trim('-')}\"><td>{claim.Figure}</td><td>{claim.Preset}</td><td>{EvaluationReport.Escape(claim.Expected)}</td><td>{EvaluationReport.Escape(claim.Found)}</td><td>{verdict}</td></tr>\n");
        }

        text.Append("</table>\n");
    }

    private static void AppendNumbers(StringBuilder text, Chapter chapter)
    {
        text.Append("<details><summary>The numbers</summary>\n<table>\n<tr>");
        foreach (var head in new[] { "series", chapter.Model.XLabel, chapter.Model.YLabel + ", median", "lower quartile", "upper quartile", "repetitions", "cut off" })
        {
            text.Append($"<th>{EvaluationReport.Escape(head)}</th>");
        }

        text.Append("</tr>\n");
        foreach (var row in chapter.Numbers())
        {
            text.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{EvaluationReport.Escape(cell)}</td>")).Append("</tr>\n");
        }

        text.Append("</table>\n</details>\n");
    }

    /// <summary>A figure within the page: its clip paths get names of their own among those of the other figures.</summary>
    private static string Inline(string svg, int index)
    {
        var start = svg.IndexOf("<svg", StringComparison.Ordinal);
        var text = ClipId().Replace(svg[start..].Trim(), $"f{index}_$0");
        var size = Size().Match(text);
        return size.Success && !text.Contains("viewBox", StringComparison.Ordinal)
            ? text.Insert("<svg".Length, $" viewBox=\"0 0 {size.Groups[1].Value} {size.Groups[2].Value}\"")
            : text;
    }

    private static void Paragraph(StringBuilder text, string html) => text.Append("<p>").Append(html).Append("</p>\n");

    [GeneratedRegex("(?<=id=\"|url\\(#)cl_[0-9]+")]
    private static partial Regex ClipId();

    [GeneratedRegex("width=\"([0-9]+)\" height=\"([0-9]+)\"")]
    private static partial Regex Size();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
