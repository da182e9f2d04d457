using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Inspect;

/// <summary>Shows what an inspection finds, in the order of the calls.</summary>
internal interface IInspectionWriter
{
    /// <summary>Whose directory it is.</summary>
    void Write(NodeIdentity identity);

    /// <summary>A file of the log.</summary>
    void Write(FileInfo segment);

    /// <summary>What the log says about itself.</summary>
    void Write(HardState hardState, EntryId compacted, EntryId last, bool tailWasTrimmed);

    /// <summary>One entry.</summary>
    void Write(in LogEntry entry);
}
