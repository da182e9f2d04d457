using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Runs;

/// <summary>The cluster that a run measures on: kept from step to step while steps may share it, or the one that was given.</summary>
internal sealed class SharedBed(ExperimentRequest request)
{
    private readonly string _build = request.Cluster is null ? EnvironmentProbe.NodeBuildOf(NodeExecutable.Find(request.NodePath)) : "";
    private TestBed? _bed;
    private ExperimentPlan.Step? _last;

    /// <summary>The build of its nodes.</summary>
    public string Build => _build.Length > 0 ? _build : _bed?.Build ?? "";

    /// <summary>Connects to the cluster that was given, if one was.</summary>
    public async Task AttachAsync(CancellationToken cancellationToken)
    {
        if (request.Cluster is { } given)
        {
            _bed = await TestBed.AttachAsync(given, request.Seed, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The cluster of the step before, where both may share it; otherwise a fresh one.</summary>
    public async Task<TestBed> ForAsync(ExperimentPlan.Step step, CancellationToken cancellationToken)
    {
        var before = _last;
        if (_bed is not null && (request.Cluster is not null || before?.Key == step.Key))
        {
            _last = step;
            if (before is not null && before.Experiment != step.Experiment)
            {
                await _bed.RestoreAsync(cancellationToken).ConfigureAwait(false);
            }

            return _bed;
        }

        await CloseAsync().ConfigureAwait(false);
        var launch = new LaunchOptions
        {
            // A name of its own: it takes none that a user of this machine counts on.
            Name = $"experiment-{Guid.NewGuid():n}"[..20],
            ServerCount = step.Cell.ServerCount,
            Preset = step.Cell.Preset,
            Options = step.Cell.Options,
            NodePath = request.NodePath,
            Timeout = TimeSpan.FromMinutes(2),
        };
        _bed = await TestBed.StartAsync(launch, step.Cell.CoinOf(request.Seed), cancellationToken).ConfigureAwait(false);
        _last = step;
        return _bed;
    }

    /// <summary>Ends a cluster that was started here; one that was given goes on.</summary>
    public async Task CloseAsync()
    {
        var bed = _bed;
        _bed = request.Cluster is null ? null : _bed;
        _last = null;
        if (bed is not null && request.Cluster is null)
        {
            await bed.DisposeAsync().ConfigureAwait(false);
        }
    }
}
