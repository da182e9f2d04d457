namespace RaftKv;

/// <summary>An option of servers, and the value that is in force.</summary>
public sealed class RaftOption
{
    /// <summary>Its name: a key of the hashtable of -Option.</summary>
    public string Name { get; init; } = "";

    /// <summary>The value in force in the cluster, or of the server; null where none was asked for.</summary>
    public object? Value { get; init; }

    /// <summary>The value that the preset has.</summary>
    public object? Default { get; init; }

    /// <summary>What a number counts; empty for what is no number.</summary>
    public string Unit { get; init; } = "";

    /// <summary>What it may be, in words.</summary>
    public string Range { get; init; } = "";

    /// <summary>What it means.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>The preset that <see cref="Default"/> is of.</summary>
    public string Preset { get; init; } = "";

    /// <summary>The server whose value it is; 0 for that of the cluster.</summary>
    public int Server { get; init; }

    /// <summary>Its cluster; null where none was asked for.</summary>
    public RaftCluster? Cluster { get; init; }

    /// <summary>The option and its value.</summary>
    public override string ToString() => Value is null ? Name : FormattableString.Invariant($"{Name} = {Value}");
}
