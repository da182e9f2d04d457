using System.Diagnostics;
using RaftKv.Api;
using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Runs;

/// <summary>
/// Runs an experiment cell by cell. Each finished cell is written at once, so that a run that was ended goes on where it
/// stopped: a cell is not measured again where its options, seed and build are equal.
/// </summary>
public sealed class ExperimentRunner
{
    /// <summary>A full-scale cell during which others took more than this is thrown away and measured again.</summary>
    private const double MaxOtherCpuPercent = 10;

    private const int MaxAttempts = 4;

    private readonly IReadOnlyList<Experiment> _experiments;
    private readonly ExperimentRequest _request;
    private readonly string _runId = RowHead.NewRunId();
    private readonly SharedBed _shared;
    private readonly Dictionary<Experiment, Counts> _counts;

    private ExperimentRunner(IReadOnlyList<Experiment> experiments, ExperimentRequest request)
    {
        _experiments = experiments;
        _request = request;
        _shared = new SharedBed(request);
        _counts = experiments.ToDictionary(e => e, _ => new Counts());
    }

    /// <summary>
    /// Runs experiments, several of them together: those cells that can share servers do. What the time of the request
    /// does not suffice for is left to the next run.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such experiment, or the given cluster has not the options that its cells need.</exception>
    /// <exception cref="RaftKvException">A cluster does not start or does not come back after a fault. What was finished is kept.</exception>
    /// <exception cref="InvalidDataException">A CSV exists and is none of ours.</exception>
    public static async Task<IReadOnlyList<ExperimentSummary>> RunAsync(
        IReadOnlyList<string> names, ExperimentRequest request, IProgress<ExperimentProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(request);
        var runner = new ExperimentRunner([.. names.Select(ExperimentCatalog.Find).Distinct()], request);
        return await runner.RunAsync(progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>About how long all cells of a request take, by experiment and preset.</summary>
    public static IReadOnlyList<BudgetLine> Budget(IReadOnlyList<string> names, ExperimentRequest request)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(request);
        return ExperimentPlan.Budget(ExperimentPlan.Of(names.Select(ExperimentCatalog.Find), request));
    }

    private async Task<IReadOnlyList<ExperimentSummary>> RunAsync(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var all = ExperimentPlan.Of(_experiments.Where(e => e.Unavailable is null), _request);
        RequireFitting(all);
        await _shared.AttachAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var todo = Unfinished(all);
            var clock = new Pace(progress, [.. todo.Select((step, i) => step.SecondsAfter(i == 0 ? null : todo[i - 1]))], all.Count - todo.Count);
            foreach (var (index, step) in todo.Index())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Stopwatch.GetElapsedTime(started) >= _request.TimeLimit)
                {
                    break;
                }

                clock.Report($"{step.Experiment.Name}: {step.Cell}", index);
                await RunAsync(step, cancellationToken).ConfigureAwait(false);
            }

            return [.. _experiments.Select(e => SummaryOf(e, all.Count(s => s.Experiment == e)))];
        }
        finally
        {
            await _shared.CloseAsync().ConfigureAwait(false);
        }
    }

    private ExperimentSummary SummaryOf(Experiment experiment, int cells)
    {
        var counts = _counts[experiment];
        return new ExperimentSummary(
            experiment.Name, _request.PathOf(experiment), cells, counts.Ran, counts.Reused, counts.Repeated, counts.Disturbed, counts.Elapsed)
        {
            Skipped = experiment.Unavailable,
        };
    }

    /// <summary>Measures a step and writes what it found, with how long all of it took.</summary>
    private async Task RunAsync(ExperimentPlan.Step step, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        var rows = await MeasureAsync(step, cancellationToken).ConfigureAwait(false);
        var elapsed = Stopwatch.GetElapsedTime(began);
        var time = rows[0] with { Metric = "CellTime", Value = Math.Round(elapsed.TotalSeconds, 1), Unit = "s", Outcome = "ok" };
        ResultCsv.Write(_request.PathOf(step.Experiment), [.. rows, time], append: true);
        var counts = _counts[step.Experiment];
        counts.Ran++;
        counts.Elapsed += elapsed;
    }

    /// <summary>A cluster that was given is measured as it is: it must be what the cells ask for.</summary>
    private void RequireFitting(IReadOnlyList<ExperimentPlan.Step> steps)
    {
        if (_request.Cluster is { } given
            && steps.FirstOrDefault(s => given.Servers.Count != s.Cell.ServerCount || given.Options != s.Cell.Options) is { } other)
        {
            throw new ArgumentException(
                $"Experiment {other.Experiment.Name} cannot be run on cluster '{given.Name}': it needs {other.Cell.ServerCount} servers with other options ({other.Cell}). Leave the cluster out, and it starts its own.");
        }
    }

    /// <summary>The cells to run; rows of those that were measured with other options, another seed or build leave the file.</summary>
    private IReadOnlyList<ExperimentPlan.Step> Unfinished(IReadOnlyList<ExperimentPlan.Step> steps)
    {
        var todo = new HashSet<Cell>(ReferenceEqualityComparer.Instance);
        foreach (var group in steps.GroupBy(s => s.Experiment, s => s.Cell))
        {
            var path = _request.PathOf(group.Key);
            Cell[] cells = [.. group];
            IReadOnlyList<Cell> left = cells;
            if (File.Exists(path))
            {
                var rows = ResultCsv.Read(path);
                (left, var kept) = new Ledger(group.Key, _request, _shared.Build).Compare(cells, rows);
                if (kept.Count < rows.Count)
                {
                    ResultCsv.Write(path, kept);
                }
            }

            todo.UnionWith(left);
            _counts[group.Key].Reused = cells.Length - left.Count;
        }

        return [.. steps.Where(s => todo.Contains(s.Cell))];
    }

    private async Task<IReadOnlyList<ResultRow>> MeasureAsync(ExperimentPlan.Step step, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var rows = await TryMeasureAsync(step, cancellationToken).ConfigureAwait(false);
            if (!_request.IsFull || rows[0].OtherCpuPercent is not > MaxOtherCpuPercent)
            {
                return rows;
            }

            if (attempt == MaxAttempts)
            {
                _counts[step.Experiment].Disturbed++;
                return rows;
            }

            _counts[step.Experiment].Repeated++;
        }
    }

    /// <summary>Measures a cell; when its cluster does not come back from it, once more on a fresh one.</summary>
    private async Task<IReadOnlyList<ResultRow>> TryMeasureAsync(ExperimentPlan.Step step, CancellationToken cancellationToken)
    {
        try
        {
            return await MeasureOnceAsync(step, cancellationToken).ConfigureAwait(false);
        }
        catch (RaftKvException e) when (e.Kind is ErrorKind.WaitTimeout or ErrorKind.NoLeader or ErrorKind.ServerUnreachable && _request.Cluster is null)
        {
            await _shared.CloseAsync().ConfigureAwait(false);
            return await MeasureOnceAsync(step, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<ResultRow>> MeasureOnceAsync(ExperimentPlan.Step step, CancellationToken cancellationToken)
    {
        var (experiment, cell, _) = step;
        var bed = await _shared.ForAsync(step, cancellationToken).ConfigureAwait(false);
        bed.Coin = new Coin(cell.CoinOf(_request.Seed));
        var alive = bed.Alive.Count;
        var environment = EnvironmentProbe.Start(bed.Spec.Agents.Select(a => a.ProcessId).Where(id => id > 0));
        IReadOnlyList<Reading> readings;
        try
        {
            readings = await experiment.MeasureAsync(cell, bed, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Faults may be in force and servers down: the next cell starts afresh.
            await _shared.CloseAsync().ConfigureAwait(false);
            throw;
        }

        var head = HeadOf(step, bed, alive) with { OtherCpuPercent = environment.OtherCpuPercent() };
        return [.. readings.Select(reading => head with
        {
            Metric = reading.Metric,
            Unit = reading.Unit,
            AliveCount = reading.AliveCount ?? head.AliveCount,
            ClientCount = cell.ClientCount ?? 1,
            ValueBytes = cell.ValueBytes,
            OneWayDelayMs = cell.OneWayDelayMs,
            Value = reading.Value,
            Outcome = reading.Outcome,
        })];
    }

    private ResultRow HeadOf(ExperimentPlan.Step step, TestBed bed, int alive) => RowHead.Of(bed.Spec, step.Experiment.Name) with
    {
        RunId = _runId,
        Figure = step.Experiment.Figure,
        Preset = step.Cell.PresetColumn,
        Scale = _request.Scale.ToString(),
        AliveCount = step.Cell.AliveCount ?? alive,
        Repetition = step.Cell.Repetition,
        Seed = _request.Seed,
        Options = Ledger.OptionsOf(step.Cell),
        NodeBuild = _shared.Build,
    };
}

/// <summary>What became of one experiment's cells.</summary>
internal sealed class Counts
{
    public int Ran { get; set; }

    public int Reused { get; set; }

    public int Repeated { get; set; }

    public int Disturbed { get; set; }

    public TimeSpan Elapsed { get; set; }
}
