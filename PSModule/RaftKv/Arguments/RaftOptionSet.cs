using System.Collections;
using System.Management.Automation;

namespace RaftKv;

/// <summary>
/// Options as an argument: a hashtable of those that differ from the preset. The type has every option as a property, so
/// that PowerShell completes the names inside the hashtable.
/// </summary>
public sealed partial record RaftOptionSet
{
    /// <summary>Writes that are not flushed stay in memory, so that killing a process loses them as a power cut would. For tests of durability.</summary>
    [Option]
    public bool LoseUnsyncedOnKill { get; init; }

    /// <summary>What the caller wrote: only that differs from the preset.</summary>
    internal IDictionary Table { get; init; } = new Hashtable();
}

/// <summary>Takes a hashtable for a set of options.</summary>
public sealed class OptionTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            IDictionary table => new RaftOptionSet { Table = table },
            RaftOptionSet set => set,
            null => null!,
            { } other => throw new ArgumentTransformationMetadataException(
                $"Options are a hashtable, for example @{{ ElectionTimeoutUpperMs = 600 }}, not a {other.GetType().Name}. Get-RaftOption lists them."),
        };
}
