using System.CommandLine;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using RaftKv.Node.Inspect;
using RaftKv.Node.Options;

namespace RaftKv.Node.Commands;

/// <summary>
/// <c>raftkv-node inspect</c>: shows what a data directory holds, through the log's own recovery but without changing
/// anything, so that it may be pointed at a running server's directory and at a damaged one.
/// </summary>
internal static class InspectCommand
{
    private const int PageBytes = 4 * 1024 * 1024;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var config = new Option<FileInfo?>("--config", "-c") { Description = "The server's config file, or else:" };
        var data = new Option<DirectoryInfo?>("--data", "-d") { Description = "The data directory." };
        var first = new Option<long>("--first") { Description = "The first index to show.", DefaultValueFactory = _ => 1 };
        var count = new Option<int>("--count") { Description = "The most entries to show; 0: none.", DefaultValueFactory = _ => int.MaxValue };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var command = new Command("inspect", "Shows the identity, term, vote, segments and entries of a data directory. Changes nothing.")
        {
            config, data, first, count, json,
        };
        command.SetAction(result => (int)CommandLine.Run(result, () =>
        {
            var directory = result.GetValue(data)?.FullName
                ?? (result.GetValue(config) is { } file ? ConfigFile.Load(file.FullName).DataPath : null)
                ?? throw new StartException(ExitCode.Usage, "Name the data directory with --data, or the config file with --config.");
            IInspectionWriter writer = result.GetValue(json)
                ? new JsonInspectionWriter(result.InvocationConfiguration.Output)
                : new TextInspectionWriter(result.InvocationConfiguration.Output);
            Run(directory, result.GetValue(first), result.GetValue(count), writer);
            return ExitCode.Success;
        }));
        return command;
    }

    private static void Run(string directory, long first, int count, IInspectionWriter writer)
    {
        var disk = new ReadOnlyDisk();
        try
        {
            var identity = NodeIdentity.ReadExisting(disk, directory);
            writer.Write(identity);
            var logDirectory = Path.Combine(directory, DataDirectory.LogDirectory);
            if (disk.List(logDirectory).Count == 0)
            {
                return;
            }

            foreach (var name in disk.List(logDirectory))
            {
                writer.Write(new FileInfo(Path.Combine(logDirectory, name)));
            }

            if (disk.Exists(Path.Combine(logDirectory, JsonLog.FileName)))
            {
                throw new StartException(
                    ExitCode.DataUnusable, $"{directory} keeps its log as JSON, which needs no tool: read {JsonLog.FileName} in {logDirectory}.");
            }

            var snapshotDirectory = Path.Combine(directory, DataDirectory.SnapshotDirectory);
            foreach (var name in disk.List(snapshotDirectory))
            {
                writer.Write(new FileInfo(Path.Combine(snapshotDirectory, name)));
            }

            var snapshot = SnapshotStore.ReadNewestMeta(disk, snapshotDirectory);
            using var log = WriteAheadLog.Open(disk, logDirectory, new WriteAheadLogOptions { Salt = identity.Incarnation }, snapshot);
            writer.Write(log.Recovered.HardState, log.Recovered.Compacted, log.Last, log.Recovered.TailWasTrimmed);
            WriteEntries(log, first, count, writer);
        }
        catch (InvalidDataException e)
        {
            throw new StartException(ExitCode.DataUnusable, e.Message, e);
        }
    }

    private static void WriteEntries(WriteAheadLog log, long first, int count, IInspectionWriter writer)
    {
        var next = LogIndex.Max(new LogIndex(first), log.Recovered.Compacted.Index.Next);
        while (count > 0 && next <= log.Last.Index)
        {
            var page = log.Read(new IndexRange(next, log.Last.Index), PageBytes);
            if (page.Count == 0)
            {
                return;
            }

            foreach (var entry in page.Take(count))
            {
                writer.Write(entry);
            }

            count -= page.Count;
            next += page.Count;
        }
    }
}
