namespace RaftKv.Evaluation.Cells;

/// <summary>
/// One experiment: which cells it consists of, and how one is measured. Starting servers, resuming, repeating what was
/// disturbed and writing rows is the runner's.
/// </summary>
internal abstract class Experiment
{
    /// <summary>The published evaluation's server counts, the ends first: a run that is cut short shows them.</summary>
    protected static readonly int[] AllServerCounts = [5, 31, 17, 11, 23];

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

    /// <summary>What it leaves in a cluster's log: those that leave little go first where several share a cluster.</summary>
    public virtual int Wear => 1;

    /// <summary>Why it cannot be run on this machine; null when it can.</summary>
    public virtual string? Unavailable => null;

    /// <summary>Its cells, those that share a cluster next to each other.</summary>
    public abstract IEnumerable<Cell> Cells(ExperimentRequest request);

    /// <summary>Measures one cell, and leaves the cluster as the next one needs it.</summary>
    public abstract Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken);

    /// <summary>The published log is one file that is rewritten as a whole: a heavy cell must find it empty.</summary>
    protected static bool WearsLog(ExperimentPreset preset) => preset.Options.Storage == "Json";
}
