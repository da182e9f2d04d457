using System.CommandLine;
using RaftKv.Engine.Storage;
using RaftKv.Node.Options;

namespace RaftKv.Node.Commands;

/// <summary>
/// <c>raftkv-node edit</c>: gives entries of a stopped server's log another term, checksums included. For tests of what
/// a cluster makes of a log that is wrong.
/// </summary>
internal static class EditCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var config = new Option<FileInfo?>("--config", "-c") { Description = "The server's config file, or else:" };
        var data = new Option<DirectoryInfo?>("--data", "-d") { Description = "The data directory." };
        var first = new Option<long>("--first") { Description = "The first index to change.", DefaultValueFactory = _ => 1 };
        var last = new Option<long>("--last") { Description = "The last index to change; 0: the last of the log." };
        var term = new Option<long>("--term") { Description = "The term that those entries get; 0: they stay as they are." };
        var stored = new Option<long>("--stored-term") { Description = "The term that the server remembers, with no vote in it; 0: it stays as it is." };
        var command = new Command("edit", "Falsifies terms in a stopped server's log, for tests. Refuses while the server runs.")
        {
            config, data, first, last, term, stored,
        };
        command.SetAction(result => (int)CommandLine.Run(result, () =>
        {
            var directory = result.GetValue(data)?.FullName
                ?? (result.GetValue(config) is { } file ? ConfigFile.Load(file.FullName).DataPath : null)
                ?? throw new StartException(ExitCode.Usage, "Name the data directory with --data, or the config file with --config.");
            var edit = LogEdit.FromNumbers(result.GetValue(first), result.GetValue(last), result.GetValue(term), result.GetValue(stored));
            var done = Edit(directory, edit);
            result.InvocationConfiguration.Output.WriteLine(
                $"{done.ChangedCount} of the entries {done.First} to {done.Last} have another term; stored term {done.Before.Term}, now {done.After.Term}.");
            return ExitCode.Success;
        }));
        return command;
    }

    private static LogEditResult Edit(string directory, LogEdit edit)
    {
        try
        {
            return LogEditor.Edit(directory, edit);
        }
        catch (DataDirectoryInUseException e)
        {
            throw new StartException(ExitCode.DataDirectoryInUse, e.Message, e);
        }
        catch (ArgumentException e)
        {
            throw new StartException(ExitCode.Usage, e.Message, e);
        }
        catch (InvalidDataException e)
        {
            throw new StartException(ExitCode.DataUnusable, e.Message, e);
        }
    }
}
