using System.Management.Automation;
using RaftKv.Api;

namespace RaftKv;

/// <summary>How fresh a read is.</summary>
public enum RaftConsistency
{
    /// <summary>It sees every write that was acknowledged before it began.</summary>
    Linearizable,

    /// <summary>
    /// As linearizable as long as no server starts again with shorter election timeouts than it had, no server's clock
    /// runs more than a tenth faster than the leader's, and the leader's virtual machine is not paused or moved from
    /// outside (a machine's own sleep is counted). Costs no round to the other servers.
    /// </summary>
    Lease,

    /// <summary>Whatever the asked server has, however old.</summary>
    Stale,
}

/// <summary>A key and its value, with its revisions.</summary>
public sealed class RaftValue
{
    /// <summary>
    /// The key. Case matters. One whose bytes are no valid UTF-8 is written by them, as in <c>\x{FF61}</c>, and is found and
    /// removed under that name.
    /// </summary>
    public string Key { get; init; } = "";

    /// <summary>The value as text, or null when its bytes are no valid UTF-8.</summary>
    public string? Value { get; init; }

    /// <summary>The value as it is stored.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>1 for a new key, and one more with each write to it. For <c>-IfVersion</c>.</summary>
    public long Version { get; init; }

    /// <summary>The store's revision at which the key was made.</summary>
    public long CreateRevision { get; init; }

    /// <summary>The store's revision at which it was last written.</summary>
    public long ModifyRevision { get; init; }

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    /// <summary>The key as the table shows it: nothing in it that a terminal would act on.</summary>
    [Hidden]
    public string? ShownKey => RaftText.Visible(Key);

    /// <summary>The value as the table shows it: nothing in it that a terminal would act on.</summary>
    [Hidden]
    public string? ShownValue => RaftText.Visible(Value);

    /// <summary>The value as text, or the key where that is none.</summary>
    public override string ToString() => Value ?? Key;

    internal static RaftValue From(KvPair pair, RaftCluster cluster) => new()
    {
        Key = KeyText.Of(pair.Key),
        Value = TextOf(pair.Value),
        Bytes = pair.Value,
        Version = pair.Version,
        CreateRevision = pair.CreateRevision,
        ModifyRevision = pair.ModifyRevision,
        Cluster = cluster,
    };

    /// <summary>The text that these bytes are, or null; no byte is ever replaced silently.</summary>
    internal static string? TextOf(byte[] bytes) => KeyText.TryDecode(bytes);
}
