using System.CommandLine;
using RaftKv.Node.Agent;

namespace RaftKv.Node.Commands;

/// <summary>The verb <c>agent</c>: looks after the servers of one machine.</summary>
internal static class AgentCommand
{
    /// <summary>Makes the command for the command line's root.</summary>
    public static Command Create()
    {
        var listen = new Option<string>("--listen")
        {
            Description = "Address and port to listen on; port 0 takes a free one.",
            DefaultValueFactory = _ => "127.0.0.1:0",
        };
        var tokenFile = new Option<FileInfo?>("--token-file")
        {
            Description = "A file that only its owner can read, with the token that every call must carry. Without it the token is the first line of standard input.",
        };
        var directory = new Option<DirectoryInfo>("--directory")
        {
            Description = "Where the agent keeps its log, and the data of servers that name no place of their own.",
            DefaultValueFactory = _ => new DirectoryInfo(Directory.GetCurrentDirectory()),
        };
        var temporary = new Option<bool>("--temporary") { Description = "Delete the directory when standard input closes." };
        var exit = new Option<bool>("--exit-on-stdin-close") { Description = "When standard input closes, kill all servers and end. With --detached, end only if no server was made yet." };
        var detached = new Option<bool>("--detached") { Description = "Live on when the terminal closes." };
        var insecure = new Option<bool>("--allow-insecure") { Description = "Accept plain text on an address that is not loopback." };
        var command = new Command("agent", "Starts, stops, kills, pauses and resumes the servers of this machine.")
        {
            listen, tokenFile, directory, temporary, exit, detached, insecure,
        };
        command.SetAction(async (parsed, cancellationToken) => (int)await CommandLine.RunAsync(parsed, () => AgentProcess.RunAsync(
            new AgentOptions
            {
                Listen = parsed.GetValue(listen)!,
                TokenFile = parsed.GetValue(tokenFile)?.FullName,
                Directory = parsed.GetValue(directory)!.FullName,
                DirectoryIsTemporary = parsed.GetValue(temporary),
                ExitOnStdinClose = parsed.GetValue(exit),
                Detached = parsed.GetValue(detached),
                AllowInsecure = parsed.GetValue(insecure),
            },
            parsed.InvocationConfiguration.Output,
            cancellationToken)));
        return command;
    }
}
