using System.Diagnostics;
using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Experiments;

/// <summary>
/// Runs an experiment cell by cell. Each finished cell is written at once, so that a run that was ended goes on where it
/// stopped: a cell is not measured again where its options, seed and build are equal.
/// </summary>
public sealed class ExperimentRunner
{
    /// <summary>A full-scale cell during which others took more than this is thrown away and measured again.</summary>
    private const double MaxOtherCpuPercent = 10;

    private const int MaxAttempts = 4;
    private const double StartSec = 1.5;
    private const double StartSecPerServer = 0.25;

    private readonly Experiment _experiment;
    private readonly ExperimentRequest _request;
    private readonly string _runId = MeasurementContext.NewRunId();
    private readonly string _build;
    private TestBed? _bed;
    private Cell? _last;
    private int _repeated;
    private int _disturbed;

    private ExperimentRunner(Experiment experiment, ExperimentRequest request)
    {
        _experiment = experiment;
        _request = request;
        _build = request.Cluster is null ? BuildOf(NodeExecutable.Find(request.NodePath)) : "";
    }

    /// <summary>Runs one experiment.</summary>
    /// <exception cref="ArgumentException">There is no such experiment, or the given cluster has not the options that its cells need.</exception>
    /// <exception cref="RaftKvException">A cluster does not start or does not come back after a fault. What was finished is kept.</exception>
    /// <exception cref="InvalidDataException">The CSV exists and is none of ours.</exception>
    public static async Task<ExperimentSummary> RunAsync(
        string name, ExperimentRequest request, IProgress<ExperimentProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var runner = new ExperimentRunner(ExperimentCatalog.Find(name), request);
        return await runner.RunAsync(progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>About how many seconds all cells of a request take, with starting their clusters.</summary>
    public static double ExpectSeconds(string name, ExperimentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var cells = ExperimentCatalog.Find(name).Cells(request).ToArray();
        return cells.Select((cell, i) => ExpectSeconds(cell, i == 0 ? null : cells[i - 1])).Sum();
    }

    private static double ExpectSeconds(Cell cell, Cell? before) =>
        cell.ExpectedSec + (before is not null && before.SharesClusterWith(cell) ? 0 : StartSec + (StartSecPerServer * cell.ServerCount));

    private async Task<ExperimentSummary> RunAsync(IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.GetTimestamp();
        Cell[] all = [.. CellsOfCluster(_experiment.Cells(_request))];
        await AttachAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var todo = Unfinished(all);
            var clock = new Pace(progress, [.. todo.Select((cell, i) => ExpectSeconds(cell, i == 0 ? null : todo[i - 1]))], all.Length - todo.Count);
            foreach (var (index, cell) in todo.Index())
            {
                cancellationToken.ThrowIfCancellationRequested();
                clock.Report($"{_experiment.Name}: {cell}", index);
                ResultCsv.Write(_request.CsvPath, await MeasureAsync(cell, cancellationToken).ConfigureAwait(false), append: true);
            }

            clock.Report($"{_experiment.Name}: done", todo.Count);
            return new ExperimentSummary(
                _experiment.Name, _request.CsvPath, all.Length, todo.Count, all.Length - todo.Count, _repeated, _disturbed, Stopwatch.GetElapsedTime(watch));
        }
        finally
        {
            await CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A cluster that was given is measured as it is: it must be what the cells ask for.</summary>
    private IEnumerable<Cell> CellsOfCluster(IEnumerable<Cell> cells)
    {
        foreach (var cell in cells)
        {
            if (_request.Cluster is { } given && (given.Servers.Count != cell.ServerCount || given.Options != cell.Options))
            {
                throw new ArgumentException(
                    $"Experiment {_experiment.Name} cannot be run on cluster '{given.Name}': it needs {cell.ServerCount} servers with other options ({cell}). Leave the cluster out, and it starts its own.");
            }

            yield return cell;
        }
    }

    private async Task AttachAsync(CancellationToken cancellationToken)
    {
        if (_request.Cluster is { } given)
        {
            _bed = await TestBed.AttachAsync(given, _request.Seed, cancellationToken).ConfigureAwait(false);
        }
    }

    private string Build => _build.Length > 0 ? _build : _bed?.Build ?? "";

    /// <summary>The cells to run; rows of those that were measured with other options, another seed or build leave the file.</summary>
    private IReadOnlyList<Cell> Unfinished(Cell[] cells)
    {
        if (!File.Exists(_request.CsvPath))
        {
            return cells;
        }

        var ledger = new Ledger(_experiment, _request, Build);
        var rows = ResultCsv.Read(_request.CsvPath);
        var (todo, kept) = ledger.Compare(cells, rows);
        if (kept.Count < rows.Count)
        {
            ResultCsv.Write(_request.CsvPath, kept);
        }

        return todo;
    }

    private async Task<IReadOnlyList<ResultRow>> MeasureAsync(Cell cell, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var rows = await TryMeasureAsync(cell, cancellationToken).ConfigureAwait(false);
            if (!_request.IsFull || rows[0].OtherCpuPercent is not > MaxOtherCpuPercent)
            {
                return rows;
            }

            if (attempt == MaxAttempts)
            {
                _disturbed++;
                return rows;
            }

            _repeated++;
        }
    }

    /// <summary>Measures a cell; when its cluster does not come back from it, once more on a fresh one.</summary>
    private async Task<IReadOnlyList<ResultRow>> TryMeasureAsync(Cell cell, CancellationToken cancellationToken)
    {
        try
        {
            return await MeasureOnceAsync(cell, cancellationToken).ConfigureAwait(false);
        }
        catch (RaftKvException e) when (e.Kind is ErrorKind.WaitTimeout or ErrorKind.NoLeader or ErrorKind.ServerUnreachable && _request.Cluster is null)
        {
            await CloseAsync().ConfigureAwait(false);
            return await MeasureOnceAsync(cell, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<ResultRow>> MeasureOnceAsync(Cell cell, CancellationToken cancellationToken)
    {
        var bed = await BedAsync(cell, cancellationToken).ConfigureAwait(false);
        bed.Coin = new Coin(cell.CoinOf(_request.Seed));
        var alive = bed.Alive.Count;
        var environment = EnvironmentProbe.Start(bed.Spec.Agents.Select(a => a.ProcessId).Where(id => id > 0));
        IReadOnlyList<Reading> readings;
        try
        {
            readings = await _experiment.MeasureAsync(cell, bed, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Faults may be in force and servers down: the next cell starts afresh.
            await CloseAsync().ConfigureAwait(false);
            throw;
        }

        var context = ContextOf(cell, bed, alive) with { OtherCpuPercent = environment.OtherCpuPercent() };
        return [.. readings.Select(reading => context.Row(reading.Metric, reading.Unit) with
        {
            AliveCount = reading.AliveCount ?? context.AliveCount,
            ClientCount = cell.ClientCount ?? 1,
            ValueBytes = cell.ValueBytes,
            OneWayDelayMs = cell.OneWayDelayMs,
            Value = reading.Value,
            Outcome = reading.Outcome,
        })];
    }

    private MeasurementContext ContextOf(Cell cell, TestBed bed, int alive) => MeasurementContext.For(bed.Spec, _experiment.Name) with
    {
        RunId = _runId,
        Figure = _experiment.Figure,
        Preset = cell.Preset,
        Scale = _request.Scale.ToString(),
        AliveCount = cell.AliveCount ?? alive,
        Repetition = cell.Repetition,
        Seed = _request.Seed,
        Options = Ledger.OptionsOf(cell),
        NodeBuild = Build,
    };

    private async Task<TestBed> BedAsync(Cell cell, CancellationToken cancellationToken)
    {
        if (_bed is not null && (_request.Cluster is not null || (_last is not null && _last.SharesClusterWith(cell))))
        {
            if (_last is null || !_last.SharesClusterWith(cell))
            {
                _last = cell;
                await _experiment.PrepareAsync(cell, _bed, cancellationToken).ConfigureAwait(false);
            }

            return _bed;
        }

        await CloseAsync().ConfigureAwait(false);
        var launch = new LaunchOptions
        {
            ServerCount = cell.ServerCount,
            Preset = cell.Preset,
            Options = cell.Options,
            NodePath = _request.NodePath,
            Timeout = TimeSpan.FromMinutes(2),
        };
        _bed = await TestBed.StartAsync(launch, cell.CoinOf(_request.Seed), cancellationToken).ConfigureAwait(false);
        _last = cell;
        try
        {
            await _experiment.PrepareAsync(cell, _bed, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await CloseAsync().ConfigureAwait(false);
            throw;
        }

        return _bed;
    }

    private async Task CloseAsync()
    {
        var bed = _bed;
        _bed = _request.Cluster is null ? null : _bed;
        _last = null;
        if (bed is not null && _request.Cluster is null)
        {
            await bed.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The build as a running server reports it: the executable itself carries none where it is only a launcher.</summary>
    private static string BuildOf(string nodePath)
    {
        var library = Path.ChangeExtension(nodePath, ".dll");
        return EnvironmentProbe.NodeBuildOf(File.Exists(library) ? library : nodePath);
    }

    /// <summary>Tells how far the run is: what was expected of the rest, corrected by how the expectation held so far.</summary>
    private sealed class Pace(IProgress<ExperimentProgress>? progress, double[] expected, int reused)
    {
        private readonly long _started = Stopwatch.GetTimestamp();

        public void Report(string text, int done)
        {
            var rest = expected.Skip(done).Sum();
            var past = expected.Take(done).Sum();
            var spent = Stopwatch.GetElapsedTime(_started).TotalSeconds;
            var left = past > 0 ? rest * spent / past : rest;
            var share = past + rest > 0 ? past / (past + rest) : 1;
            progress?.Report(new ExperimentProgress($"{text} ({reused + done} of {reused + expected.Length})", share, (int)Math.Ceiling(left)));
        }
    }
}
