using System.Globalization;
using System.Net;
using System.Text;
using RaftKv.Api;
using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Figures;
using RaftKv.Evaluation.Results;
using RaftKv.Evaluation.Runs;

namespace RaftKv.Evaluation.Reports;

/// <summary>
/// Makes a report of the CSVs of a folder and of nothing else: draws their figures beside them, holds the numbers
/// against the paper, and writes one HTML file that needs no network and a README for those who read in a terminal.
/// What people want to say about an experiment stands in <c>notes/NAME.md</c> beside the report and is taken over.
/// </summary>
public static class EvaluationReport
{
    private const double DisturbedPercent = 10;

    /// <summary>Draws the figures and writes report.html and README.md.</summary>
    /// <param name="csvDirectory">The folder with the CSVs of experiments.</param>
    /// <param name="outputDirectory">Where the report goes.</param>
    /// <param name="readmePath">A README whose head shows two figures and the numbers beside the paper's; null: none.</param>
    /// <returns>Every file written.</returns>
    /// <exception cref="InvalidDataException">A CSV cannot be used, or none is there.</exception>
    public static IReadOnlyList<string> Write(string csvDirectory, string outputDirectory, string? readmePath = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(csvDirectory);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputDirectory);
        var written = new List<string>();
        var chapters = new List<Chapter>();
        foreach (var info in ExperimentCatalog.All)
        {
            var csv = Path.Combine(csvDirectory, info.Name + ".csv");
            if (File.Exists(csv) && ResultCsv.Read(csv) is { Count: > 0 } rows)
            {
                chapters.Add(Draw(info, csv, rows, outputDirectory, written));
            }
        }

        if (chapters.Count == 0)
        {
            throw new InvalidDataException($"There is no CSV of an experiment in {csvDirectory}. Invoke-RaftExperiment makes them.");
        }

        var report = Path.Combine(outputDirectory, "README.md");
        if (File.Exists(report) && !File.ReadLines(report).Take(1).SequenceEqual([MarkdownReport.FirstLine]))
        {
            throw new InvalidDataException($"'{report}' is none of Export-RaftReport's, which begin with '{MarkdownReport.FirstLine}': it was left as it is. Choose another folder.");
        }

        var readme = readmePath is null ? "" : ReadText(readmePath);
        Directory.CreateDirectory(outputDirectory);
        var claims = new Claims([.. chapters.SelectMany(c => c.Rows)]).All();
        Put(Path.Combine(outputDirectory, "report.html"), new HtmlReport(chapters, claims).Text(), written);
        Put(report, new MarkdownReport(chapters, claims).Text(), written);
        if (readmePath is not null)
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(readmePath))!;
            var block = ReadmeHead.Block(chapters, Between(folder, csvDirectory), Between(folder, outputDirectory));
            Put(readmePath, ReadmeHead.Insert(readme, block), written);
        }

        return written;
    }

    private static string Between(string from, string to) => Path.GetRelativePath(from, Path.GetFullPath(to)).Replace('\\', '/');

    private static Chapter Draw(ExperimentInfo info, string csv, IReadOnlyList<ResultRow> rows, string outputDirectory, List<string> written)
    {
        var svg = Path.ChangeExtension(csv, ".svg");
        var png = Path.ChangeExtension(csv, ".png");
        Figure.Export(csv, svg);
        Figure.Export(csv, png);
        written.AddRange([svg, png]);
        var notes = Path.Combine(outputDirectory, "notes", info.Name + ".md");
        return new Chapter(
            info,
            rows,
            Figure.Build(csv, new FigureOptions()),
            File.ReadAllText(svg),
            Between(Path.GetFullPath(outputDirectory), svg),
            File.Exists(notes) ? File.ReadAllText(notes).Trim() : "");
    }

    /// <summary>A file that is kept but for a part of it: what is no plain UTF-8 with line feeds would be another one afterwards.</summary>
    private static string ReadText(string path)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
            return !text.StartsWith('\uFEFF') && !text.Contains('\r', StringComparison.Ordinal)
                ? text
                : throw new InvalidDataException($"'{path}' has a byte order mark or carriage returns, which would not stay as they are: nothing was written. Save it as UTF-8 with line feeds.");
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"'{path}' is not UTF-8, so that it would not stay as it is: nothing was written. Save it as UTF-8.", e);
        }
    }

    private static void Put(string path, string text, List<string> written)
    {
        OutputFile.Write(path, text);
        written.Add(path);
    }

    /// <summary>Where and when rows were measured, in a sentence.</summary>
    internal static string Origin(IReadOnlyList<ResultRow> rows)
    {
        string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var builds = string.Join(", ", rows.Select(r => r.NodeBuild).Where(b => b.Length > 0).Distinct());
        var cores = string.Join(" and ", rows.Select(r => r.HostCores).OfType<int>().Distinct().Order());
        var cells = rows.GroupBy(r => (r.UtcTime, r.Preset, r.Repetition)).Select(g => g.First()).ToArray();
        var disturbed = cells.Count(r => r.OtherCpuPercent > DisturbedPercent);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{rows.Count:#,0} rows from {Day(rows.Min(r => r.UtcTime))} to {Day(rows.Max(r => r.UtcTime))} UTC, all servers and clients on one machine with {cores} cores, build {builds}; other programs took more than {DisturbedPercent}% of the machine during {disturbed} of {cells.Length} cells.");
    }

    /// <summary>Minutes planned and taken, by figure and preset.</summary>
    internal static IEnumerable<string[]> Times(IReadOnlyList<Chapter> chapters)
    {
        var scale = chapters.SelectMany(c => c.Rows).All(r => r.Scale == nameof(ExperimentScale.Full)) ? ExperimentScale.Full : ExperimentScale.Quick;
        var planned = ExperimentRunner.Budget([.. chapters.Select(c => c.Info.Name)], new ExperimentRequest { Scale = scale, CsvPath = "" });
        foreach (var group in chapters.SelectMany(c => c.Rows).Where(r => r.Metric == "CellTime").GroupBy(r => (r.Experiment, r.Figure, r.Preset)))
        {
            var plan = planned.FirstOrDefault(b => b.Experiment == group.Key.Experiment && b.Preset == group.Key.Preset);
            yield return
            [
                group.Key.Experiment, group.Key.Figure, group.Key.Preset,
                group.Count().ToString(CultureInfo.InvariantCulture), plan is null ? "" : Minutes(plan.Minutes), Minutes(group.Sum(r => r.Value ?? 0) / 60),
            ];
        }

        static string Minutes(double minutes) => minutes.ToString("0.0", CultureInfo.InvariantCulture);
    }

    /// <summary>The command that makes a chapter's CSV.</summary>
    internal static string Command(Chapter chapter)
    {
        var seeds = chapter.Rows.Select(r => r.Seed).OfType<ulong>().Distinct().ToArray();
        var scale = chapter.Rows.Select(r => r.Scale).FirstOrDefault("Quick");
        return string.Create(CultureInfo.InvariantCulture, $"Invoke-RaftExperiment {chapter.Info.Name} -Scale {scale} -Seed {(seeds.Length > 0 ? seeds[0] : 1)}");
    }

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);
}

/// <summary>What the report says about one experiment.</summary>
/// <param name="Info">The experiment.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Model">What its figure shows.</param>
/// <param name="Svg">The figure.</param>
/// <param name="SvgPath">Where the figure lies, from the report.</param>
/// <param name="Notes">What people say about it.</param>
internal sealed record Chapter(ExperimentInfo Info, IReadOnlyList<ResultRow> Rows, FigureModel Model, string Svg, string SvgPath, string Notes)
{
    /// <summary>The heading.</summary>
    public string Title => Info.Figure switch
    {
        "" => $"{Info.Name} (beyond the paper)",
        "-" => $"{Info.Name} (a number of the paper's text)",
        _ => $"{Info.Name} (figure {Info.Figure})",
    };

    /// <summary>The numbers of the figure: series, x, median, quartiles, repetitions.</summary>
    public IEnumerable<string[]> Numbers()
    {
        foreach (var series in Model.Series)
        {
            foreach (var point in series.Points)
            {
                var tick = Model.Ticks.First(t => t.X == point.X).Text;
                yield return [series.Label, tick, Number(point.Median), Number(point.Low), Number(point.High), Count(point.Count), Count(point.Censored)];
            }
        }
    }

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Number(double? value) => value is { } number
        ? AxisText.Number(double.Parse(number.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))
        : "cut off";
}
