using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>An entry of one server's log.</summary>
public sealed class RaftLogEntry
{
    /// <summary>The server whose log it is in.</summary>
    public int Server { get; init; }

    /// <summary>Its index.</summary>
    public long Index { get; init; }

    /// <summary>Its term.</summary>
    public long Term { get; init; }

    /// <summary>NoOp, Put, Delete, OpenSession, CloseSession or Configuration.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The key it changes, or null. One that is no valid UTF-8 is written by its bytes, as in <c>\x{FF61}</c>.</summary>
    public string? Key { get; init; }

    /// <summary>The value it sets as text, or null when it sets none or its bytes are no valid UTF-8.</summary>
    public string? Value { get; init; }

    /// <summary>The value as it is stored.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>Whether that server knows it to be committed; null where the files were read, which do not say.</summary>
    public bool? Committed { get; init; }

    /// <summary>The client session it came from; 0 for none.</summary>
    public long SessionId { get; init; }

    /// <summary>Its number in that session.</summary>
    public long Sequence { get; init; }

    /// <summary>Its size.</summary>
    public int SizeBytes { get; init; }

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    /// <summary>The key as the table shows it: nothing in it that a terminal would act on.</summary>
    [Hidden]
    public string? ShownKey => RaftText.Visible(Key);

    internal static RaftLogEntry From(LogEntryView view, int server, RaftCluster cluster, bool fromDisk) => new()
    {
        Server = server,
        Index = view.Index,
        Term = view.Term,
        Kind = view.Kind,
        Key = view.Key.Length > 0 ? KeyText.Of(view.Key) : null,
        Value = view.Kind == "Put" ? RaftValue.TextOf(view.Value) : null,
        Bytes = view.Kind == "Put" ? view.Value : null,
        Committed = fromDisk ? null : view.Committed,
        SessionId = view.SessionId,
        Sequence = view.Sequence,
        SizeBytes = view.SizeBytes,
        Cluster = cluster,
    };
}
