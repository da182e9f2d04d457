using System.CommandLine;

namespace RaftKv.Node.Commands;

/// <summary>What all verbs share: the config option, and how a failure becomes a message and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>The option that names the config file.</summary>
    public static Option<FileInfo> ConfigOption() => new("--config", "-c")
    {
        Description = "The server's config file (server.json).",
        Required = true,
    };

    /// <summary>What was given for it.</summary>
    public static string ConfigPath(ParseResult result, Option<FileInfo> option) => result.GetRequiredValue(option).FullName;

    /// <summary>Runs a verb; a failure that the user can act on is one message on the error stream and its exit code.</summary>
    public static ExitCode Run(ParseResult result, Func<ExitCode> verb)
    {
        try
        {
            return verb();
        }
        catch (StartException e)
        {
            return Report(result, e.Message, e.ExitCode);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Report(result, Describe(e), ExitCode.Unexpected);
        }
    }

    /// <summary>The same for a verb that waits.</summary>
    public static async Task<ExitCode> RunAsync(ParseResult result, Func<Task<ExitCode>> verb)
    {
        try
        {
            return await verb();
        }
        catch (StartException e)
        {
            return Report(result, e.Message, e.ExitCode);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Report(result, Describe(e), ExitCode.Unexpected);
        }
    }

    /// <summary>One line: a user can do nothing with the stack of a failure that no one foresaw; what a server logs has it.</summary>
    private static string Describe(Exception exception) => exception is IOException or UnauthorizedAccessException
        ? DiskTrouble.Explain(exception)
        : $"Unexpected failure, {exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")} Please report it.";

    private static ExitCode Report(ParseResult result, string message, ExitCode exitCode)
    {
        result.InvocationConfiguration.Error.WriteLine($"raftkv-node: {message}");
        return exitCode;
    }
}
