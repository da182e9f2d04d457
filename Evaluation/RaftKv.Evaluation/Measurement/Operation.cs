namespace RaftKv.Evaluation.Measurement;

/// <summary>A timed operation.</summary>
public enum Operation
{
    /// <summary>A put of a fresh value.</summary>
    Put,

    /// <summary>A linearizable get.</summary>
    Get,
}
