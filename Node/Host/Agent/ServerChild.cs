using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RaftKv.Api.Protocol;
using RaftKv.Node.Processes;

namespace RaftKv.Node.Agent;

/// <summary>
/// One process of a server, from its launch to its end. Its standard input is a pipe that only the agent holds: when
/// the agent ends, however it ends, the server sees end-of-file and ends too. A frozen server sees nothing: on Linux the
/// kernel ends it.
/// </summary>
internal sealed class ServerChild : IDisposable
{
    private const int MaxErrorLines = 20;

    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<ReadyWait> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _errorsRead;
    private readonly Task _outputRead;

    private ServerChild(Process process)
    {
        Process = process;
        Id = process.Id;
        _errorsRead = ReadErrorsAsync();
        _outputRead = ReadOutputAsync();
        Exited = WatchExitAsync();
    }

    /// <summary>The process.</summary>
    public Process Process { get; }

    /// <summary>Its id; valid after its end too.</summary>
    public int Id { get; }

    /// <summary>Completes with the exit code when the process has ended and its last words were read.</summary>
    public Task<int> Exited { get; }

    /// <summary>The exit code, or -1 while it runs.</summary>
    public int ExitCode => Exited.IsCompletedSuccessfully ? Exited.Result : -1;

    /// <summary>Why it halted by itself; null when it did not, or runs.</summary>
    public HaltLine? Halt { get; private set; }

    /// <summary>The last lines of its error stream.</summary>
    public IReadOnlyList<string> ErrorTail => [.. _errors];

    /// <summary>Starts <c>raftkv-node serve</c>.</summary>
    /// <exception cref="Grpc.Core.RpcException">ServerStartFailed: the executable cannot be run.</exception>
    public static ServerChild Launch(string nodePath, string configPath)
    {
        var start = new ProcessStartInfo(nodePath)
        {
            ArgumentList = { "serve", "--config", configPath, ServerOutput.EndWithParentOption },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetDirectoryName(configPath)!,
        };
        try
        {
            return new ServerChild(ChildLauncher.Start(start));
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            throw ServiceErrors.Of(ErrorCode.ServerStartFailed, $"The executable {nodePath} cannot be run: {e.Message}");
        }
    }

    /// <summary>Waits for the ready line, the end of the process or the token, whichever comes first.</summary>
    public async Task<ReadyWait> WaitReadyAsync(CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(() => _ready.TrySetResult(ReadyWait.GivenUp));
        return await _ready.Task;
    }

    /// <summary>Asks it to end: a signal where there are signals, else the end of its input. A frozen one is thawed to hear it.</summary>
    public void AskToEnd()
    {
        if (ProcessControl.HasSignals)
        {
            ProcessControl.AskToEnd(Process);
            ProcessControl.LetGoOn(Process);
        }
        else
        {
            CloseInput();
        }
    }

    /// <summary>Ends it at once, frozen or not, as <c>kill -9</c>.</summary>
    public void Kill()
    {
        try
        {
            Process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Process.Dispose();

    private void CloseInput()
    {
        try
        {
            Process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Its end of the pipe is closed already.
        }
    }

    private async Task<int> WatchExitAsync()
    {
        await Process.WaitForExitAsync();
        await Task.WhenAll(_errorsRead, _outputRead);
        _ready.TrySetResult(ReadyWait.Ended);
        return Process.ExitCode;
    }

    private async Task ReadOutputAsync()
    {
        try
        {
            while (await Process.StandardOutput.ReadLineAsync() is { } line)
            {
                if (Parse(line, ServerOutputContext.Default.ReadyLine) is { Ready: true })
                {
                    _ready.TrySetResult(ReadyWait.Ready);
                }
                else if (Parse(line, ServerOutputContext.Default.HaltLine) is { Halted.Length: > 0 } halt)
                {
                    Halt = halt;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process is gone.
        }
    }

    private async Task ReadErrorsAsync()
    {
        try
        {
            while (await Process.StandardError.ReadLineAsync() is { } line)
            {
                _errors.Enqueue(line);
                while (_errors.Count > MaxErrorLines)
                {
                    _errors.TryDequeue(out _);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process is gone.
        }
    }

    private static T? Parse<T>(string line, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>How the wait for a server's start ended.</summary>
internal enum ReadyWait
{
    /// <summary>It is ready.</summary>
    Ready = 0,

    /// <summary>Its process ended by itself.</summary>
    Ended = 1,

    /// <summary>It was waited for no longer.</summary>
    GivenUp = 2,
}
