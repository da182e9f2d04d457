namespace RaftKv.Evaluation.Experiments;

/// <summary>
/// One experiment: which cells it consists of, and how one is measured. Starting servers, resuming, repeating what was
/// disturbed and writing rows is the runner's.
/// </summary>
internal abstract class Experiment
{
    /// <summary>The published evaluation's server counts.</summary>
    protected static readonly int[] AllServerCounts = [5, 11, 17, 23, 31];

    /// <summary>Its name: of the CSV too.</summary>
    public abstract string Name { get; }

    /// <summary>The paper's figure, or empty.</summary>
    public abstract string Figure { get; }

    /// <summary>What it asks, in one sentence.</summary>
    public abstract string Question { get; }

    /// <summary>The metric that its figure shows.</summary>
    public abstract string MainMetric { get; }

    /// <summary>The column on the x axis of its figure.</summary>
    public abstract string XColumn { get; }

    /// <summary>Whether cells differ in the number of living servers, rather than passing through several of them.</summary>
    public virtual bool AliveNamesCell => false;

    /// <summary>Its cells, those that share a cluster next to each other.</summary>
    public abstract IEnumerable<Cell> Cells(ExperimentRequest request);

    /// <summary>Brings a cluster that has just been started into the state that its cells begin with.</summary>
    public virtual Task PrepareAsync(Cell first, TestBed bed, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Measures one cell, and leaves the cluster as the next one needs it.</summary>
    public abstract Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken);
}
