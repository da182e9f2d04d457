using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using RaftKv.Api.Clusters;
using RaftKv.Node.Options;
using RaftKv.Node.Processes;
using RaftKv.Node.Serving;

namespace RaftKv.Node.Commands;

/// <summary>
/// <c>raftkv-node serve</c>: runs one server until it is told to stop, its agent's pipe ends, or it must halt. Prints
/// one JSON line when it is ready, another when it halts by itself, and nothing else; everything else is in the text log.
/// </summary>
internal static class ServeCommand
{
    /// <summary>How long a stop may take before the process ends anyway; below the 2 s that agents count on.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(1.6);

    /// <summary>Kept here because a timer that no one holds may be collected before it fires.</summary>
    private static Timer? LastResort { get; set; }

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var config = CommandLine.ConfigOption();
        var endWithParent = new Option<bool>(ServerOutput.EndWithParentOption)
        {
            Description = "Be killed when the thread that started this process ends, even while frozen. Linux only; elsewhere without effect.",
        };
        var command = new Command("serve", "Runs a server until SIGTERM, Ctrl-C, or the end of standard input when its config says so.") { config, endWithParent };
        command.SetAction(async (result, cancellationToken) => (int)await CommandLine.RunAsync(
            result,
            () => RunAsync(ConfigFile.Load(CommandLine.ConfigPath(result, config)), result.GetValue(endWithParent), result.InvocationConfiguration.Output, cancellationToken)));
        return command;
    }

    private static async Task<ExitCode> RunAsync(
        ServerConfig config, bool endWithParent, TextWriter output, CancellationToken cancellationToken)
    {
        if (endWithParent && OperatingSystem.IsLinux())
        {
            ProcessControl.EndWithParent();
        }

        var asked = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancelled = cancellationToken.Register(() => asked.TrySetResult((int)ExitCode.Success));
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c =>
        {
            c.Cancel = true;
            asked.TrySetResult((int)ExitCode.Success);
        });
        if (config.ExitOnStdinClose)
        {
            WatchStandardInput(asked);
        }

        var server = await NodeServer.StartAsync(config, cancellationToken: cancellationToken);
        try
        {
            output.WriteLine(JsonSerializer.Serialize(
                new ReadyLine(true, server.Endpoint.ToString().TrimEnd('/'), Environment.ProcessId), ServerOutputContext.Default.ReadyLine));
            output.Flush();
            var halted = server.Node.Completion;
            await Task.WhenAny(asked.Task, server.Exit.Requested, halted);
            EndSoon(asked.Task, server.Exit.Requested);
            if (halted.IsCompletedSuccessfully && halted.Result is { } reason)
            {
                server.LogHalted(reason);
                output.WriteLine(JsonSerializer.Serialize(new HaltLine(reason.Code, reason.Message), ServerOutputContext.Default.HaltLine));
                output.Flush();
                return ExitCode.Halted;
            }

            return server.Exit.Requested.IsCompletedSuccessfully ? (ExitCode)server.Exit.Requested.Result : ExitCode.Success;
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>Anyone who started this server holds the other end: when that process is gone, so must be the server.</summary>
    private static void WatchStandardInput(TaskCompletionSource<int> asked)
    {
        var thread = new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            var buffer = new byte[256];
            try
            {
                while (input.Read(buffer) > 0)
                {
                }
            }
            catch (IOException)
            {
                // A broken pipe means the same as its end.
            }

            EndSoon();
            asked.TrySetResult((int)ExitCode.Success);
        })
        {
            IsBackground = true,
            Name = "standard input",
        };
        thread.Start();
    }

    /// <summary>Ends the process when a graceful stop does not.</summary>
    private static void EndSoon(params Task<int>[] exits)
    {
        var code = exits.Where(e => e.IsCompletedSuccessfully).Select(e => e.Result).LastOrDefault();
        LastResort = new Timer(_ => Environment.Exit(code), null, StopPatience, Timeout.InfiniteTimeSpan);
    }
}
