namespace RaftKv.Engine.Storage;

/// <summary>One open file of the log.</summary>
internal sealed record LogSegment(long Number, string Path, IDiskFile File, long Capacity);
