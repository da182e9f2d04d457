using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>
/// Starts agents as children of this process. Unless detached, the agent holds the other end of a pipe from here: when
/// this process ends, however it ends, the agent sees end-of-file and takes its servers with it.
/// </summary>
public static class LocalAgent
{
    private const int MaxStderrLines = 20;

    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Holds the pipes open: a collected process object would close them and end the cluster.</summary>
    private static readonly ConcurrentDictionary<int, Process> Children = new();

    /// <summary>Starts one and waits until it listens.</summary>
    /// <exception cref="RaftKvException">ServerStartFailed with what it said and the remedy.</exception>
    public static async Task<AgentSpec> StartAsync(LocalAgentOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var path = NodeExecutable.Find(options.NodePath);
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var process = Launch(path, options);
        var stderr = new ConcurrentQueue<string>();
        _ = DrainAsync(process.StandardError, stderr);
        var ready = false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Timeout);
        try
        {
            var endpoint = await HandshakeAsync(process, token, limit.Token) ?? throw await FailureAsync(process, path, stderr);
            ready = true;
            return new AgentSpec(endpoint, token, process.Id, ProcessIdentity.Of(process.Id));
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RaftKvException(
                ErrorKind.ServerStartFailed,
                $"The agent ('{path}') was not ready within {options.Timeout.TotalSeconds:0} s.", e)
            {
                LogTail = [.. stderr],
            };
        }
        finally
        {
            if (ready)
            {
                Children[process.Id] = process;
                _ = DrainAsync(process.StandardOutput, null);
            }
            else
            {
                End(process);
                process.Dispose();
            }
        }
    }

    /// <summary>Hands the token over where no one else sees it, and reads where the agent listens; null: it ended instead.</summary>
    private static async Task<Uri?> HandshakeAsync(Process process, string token, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteLineAsync(token.AsMemory(), cancellationToken);
            await process.StandardInput.FlushAsync(cancellationToken);
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                if (ReadEndpoint(line) is { } endpoint)
                {
                    return endpoint;
                }
            }
        }
        catch (IOException)
        {
            // It closed its end: it is ending.
        }

        return null;
    }

    /// <summary>
    /// Asks it to stop its servers and itself. A process that is known to be it, and does not end within a few seconds, is
    /// ended; one that cannot be seen from here is only asked.
    /// </summary>
    public static Task StopAsync(AgentSpec agent, CancellationToken cancellationToken = default) =>
        StopAsync(agent, StopMode.Graceful, cancellationToken);

    /// <summary>The same with a choice how its servers end.</summary>
    public static async Task StopAsync(AgentSpec agent, StopMode mode, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agent);
        await AskToStopAsync(agent, mode, cancellationToken);
        using var process = Children.TryRemove(agent.ProcessId, out var child) ? child : FindProcess(agent);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ExitLimit);
        try
        {
            if (process is not null)
            {
                await process.WaitForExitAsync(limit.Token);
                return;
            }

            while (StateOf(agent) == AgentState.Unknown && await AnswersAsync(agent, limit.Token))
            {
                await Task.Delay(PollInterval, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            if (process is not null)
            {
                End(process);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Whether its process runs, as far as can be seen from here without asking it.</summary>
    public static AgentState StateOf(AgentSpec agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return agent.ProcessId == 0 ? AgentState.Unknown
            : agent.HasEnded ? AgentState.Ended
            : ProcessIdentity.StateOf(agent.ProcessId, agent.ProcessIdentity);
    }

    /// <summary>The same, where one that cannot be seen is asked at its endpoint: an answer proves that it runs.</summary>
    public static async Task<AgentState> FindStateAsync(AgentSpec agent, CancellationToken cancellationToken = default) =>
        StateOf(agent) is var state && state == AgentState.Unknown && await AnswersAsync(agent, cancellationToken) ? AgentState.Running : state;

    private static async Task<bool> AnswersAsync(AgentSpec agent, CancellationToken cancellationToken)
    {
        await using var client = new AgentClient(agent);
        try
        {
            await client.DescribeAsync(cancellationToken);
            return true;
        }
        catch (RaftKvException)
        {
            // Nothing listens there, or something that does not know the token.
            return false;
        }
    }

    private static async Task AskToStopAsync(AgentSpec agent, StopMode mode, CancellationToken cancellationToken)
    {
        await using var client = new AgentClient(agent);
        try
        {
            await client.ShutdownAsync(mode, cancellationToken);
        }
        catch (RaftKvException e) when (e.Kind is ErrorKind.ServerUnreachable or ErrorKind.Unexpected or ErrorKind.Denied)
        {
            // It is gone, hangs, or another program has its port; the wait for its end tells.
        }
    }

    private static Process Launch(string path, LocalAgentOptions options)
    {
        var start = new ProcessStartInfo(path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] detached = options.Detached ? ["--detached"] : [], temporary = options.DirectoryIsTemporary ? ["--temporary"] : [];
        foreach (var argument in (string[])["agent", "--listen", "127.0.0.1:0", "--directory", options.Directory, "--exit-on-stdin-close", .. detached, .. temporary])
        {
            start.ArgumentList.Add(argument);
        }

        if (OperatingSystem.IsWindows())
        {
            // Ctrl-C belongs to the user's command; the cluster lives on.
            start.CreateNewProcessGroup = true;
        }

        PointToRuntime(start);
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            throw new RaftKvException(ErrorKind.ServerStartFailed, $"The node executable '{path}' cannot be run: {e.Message}", e);
        }
    }

    /// <summary>
    /// The executable looks for .NET in the usual places only; where this process itself runs on one that lies
    /// elsewhere, it is told about it.
    /// </summary>
    private static void PointToRuntime(ProcessStartInfo start)
    {
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var muxer = Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        if (!start.Environment.ContainsKey("DOTNET_ROOT") && File.Exists(muxer))
        {
            start.Environment["DOTNET_ROOT"] = root;
        }
    }

    private static Uri? ReadEndpoint(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("endpoint", out var text)
                && Uri.TryCreate(text.GetString(), UriKind.Absolute, out var endpoint) ? endpoint : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<RaftKvException> FailureAsync(Process process, string path, ConcurrentQueue<string> stderr)
    {
        using var limit = new CancellationTokenSource(ExitLimit);
        await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        string[] said = [.. stderr];
        var text = string.Join(' ', said);
        var remedy = text.Contains("install .NET", StringComparison.OrdinalIgnoreCase) || text.Contains("framework", StringComparison.OrdinalIgnoreCase)
            ? " Install the ASP.NET Core 10 runtime (https://dotnet.microsoft.com/download), or set DOTNET_ROOT to where it lies."
            : "";
        return new RaftKvException(ErrorKind.ServerStartFailed, $"The agent ('{path}') did not start.{remedy} It said: {text}") { LogTail = said };
    }

    private static async Task DrainAsync(StreamReader reader, ConcurrentQueue<string>? keep)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                keep?.Enqueue(line);
                while (keep?.Count > MaxStderrLines)
                {
                    keep.TryDequeue(out _);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process is gone.
        }
    }

    private static Process? FindProcess(AgentSpec agent)
    {
        try
        {
            // Looked at once it is held: from then on its id goes to no other process that this object would speak of.
            var process = Process.GetProcessById(agent.ProcessId);
            if (StateOf(agent) == AgentState.Running)
            {
                return process;
            }

            process.Dispose();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // No such process.
        }

        return null;
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }
}
