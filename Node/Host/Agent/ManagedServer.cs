using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Engine.Storage;
using RaftKv.Node.Options;
using RaftKv.Node.Processes;

namespace RaftKv.Node.Agent;

/// <summary>
/// One server that the agent looks after: at most one process at a time. Starts are one after the other; stops and
/// kills go through at any moment, also while a start waits. Thread-safe.
/// </summary>
internal sealed partial class ManagedServer(ServerConfig config, ulong incarnation, string nodePath, ILogger logger) : IDisposable
{
    private const int TailLines = 20;

    /// <summary>How long a server may take to end by itself before it is killed.</summary>
    private static readonly TimeSpan GracefulLimit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly Lock _lock = new();
    private ServerConfig _config = config;
    private ulong _incarnation = incarnation;
    private ServerChild? _child;
    private ProcessState _state = ProcessState.Created;
    private int _exitCode;
    private int _starts;

    /// <summary>What it runs with.</summary>
    public ServerConfig Config
    {
        get
        {
            lock (_lock)
            {
                return _config;
            }
        }
    }

    /// <summary>Its text log.</summary>
    public string LogPath => Path.Combine(Config.DataPath, ServerFiles.TextLog);

    /// <summary>Whether a process of it ever ran, under this agent or one before: then it has written its text log.</summary>
    public bool HasRun => Describe().State != ProcessState.Created || File.Exists(Path.Combine(Config.DataPath, DataDirectory.StartedFile));

    /// <summary>Whether a process exists.</summary>
    public bool HasProcess
    {
        get
        {
            lock (_lock)
            {
                return _state is ProcessState.Starting or ProcessState.Running or ProcessState.Paused;
            }
        }
    }

    /// <summary>How it is now.</summary>
    public ServerProcess Describe()
    {
        lock (_lock)
        {
            return new ServerProcess
            {
                ClusterId = _config.ClusterId,
                ServerId = _config.Id,
                Name = _config.Name,
                State = _state,
                ProcessId = _child?.Id ?? 0,
                ExitCode = _exitCode,
                HaltCode = _state == ProcessState.Exited ? _child?.Halt?.Halted ?? "" : "",
                HaltMessage = _state == ProcessState.Exited ? _child?.Halt?.Message ?? "" : "",
                Endpoint = _config.Members.First(m => m.Id == _config.Id).Endpoint.ToString().TrimEnd('/'),
                DataPath = _config.DataPath,
                LogPath = LogPath,
                Incarnation = _incarnation,
            };
        }
    }

    /// <summary>Takes another config for the next start.</summary>
    /// <exception cref="Grpc.Core.RpcException">ServerRunning.</exception>
    public void Reconfigure(ServerConfig changed, ulong incarnation)
    {
        lock (_lock)
        {
            _config = changed;
            _incarnation = incarnation;
        }
    }

    /// <summary>Starts a process and waits until it listens.</summary>
    /// <exception cref="Grpc.Core.RpcException">ServerRunning, PortInUse, DataDirectoryInUse, DataDirectoryMissing, ServerStartFailed.</exception>
    public async Task<ServerProcess> StartAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (HasProcess)
            {
                throw ServiceErrors.Of(ErrorCode.ServerRunning, $"Server {Config.Name} runs already, as process {Describe().ProcessId}.");
            }

            ServerDirectory.Require(Config);
            var knowsFaults = _starts++ == 0
                || await ChaosHandover.WriteAsync(Config, Config.DataPath, ChaosHandover.AskLimit, cancellationToken);
            var child = Launch();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(timeout);
            var wait = await child.WaitReadyAsync(limit.Token);
            if (wait == ReadyWait.Ready)
            {
                lock (_lock)
                {
                    // A stop or pause that came meanwhile wins.
                    if (_state == ProcessState.Starting)
                    {
                        _state = ProcessState.Running;
                    }
                }

                LogStarted(Config.Name, child.Id);
                if (!knowsFaults)
                {
                    _ = TellFaultsAsync(Config, child);
                }

                return Describe();
            }

            child.Kill();
            await child.Exited;
            cancellationToken.ThrowIfCancellationRequested();
            throw wait == ReadyWait.GivenUp ? Failure(child, $"was not ready within {timeout.TotalSeconds:0.#} s") : Failure(child, $"ended with exit code {child.ExitCode} before it was ready");
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Ends the process if there is one, and waits until it has ended.</summary>
    public async Task<ServerProcess> StopAsync(StopMode mode, CancellationToken cancellationToken = default)
    {
        ServerChild? child;
        lock (_lock)
        {
            child = HasProcess ? _child : null;
        }

        if (child is not null)
        {
            if (mode == StopMode.Graceful && !child.Exited.IsCompleted)
            {
                child.AskToEnd();
                await ((Task)child.Exited).WaitAsync(GracefulLimit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            child.Kill();
            await child.Exited.WaitAsync(cancellationToken);
        }

        return Describe();
    }

    /// <summary>Freezes the process.</summary>
    public ServerProcess Pause() => Signal(ProcessState.Running, ProcessState.Paused, child =>
    {
        if (ProcessControl.HasSignals)
        {
            ProcessControl.Freeze(child.Process);
        }
    });

    /// <summary>Lets the process go on.</summary>
    public ServerProcess Resume() => Signal(ProcessState.Paused, ProcessState.Running, child =>
    {
        if (ProcessControl.HasSignals)
        {
            ProcessControl.LetGoOn(child.Process);
        }
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _child?.Dispose();
        _starting.Dispose();
    }

    /// <summary>No other server said in time which links are cut: they are asked as long as the process lives.</summary>
    private async Task TellFaultsAsync(ServerConfig config, ServerChild child)
    {
        LogFaultsUnknown(config.Name, ChaosHandover.AskLimit.TotalSeconds);
        using var ended = new CancellationTokenSource();
        var told = ChaosHandover.TellAsync(config, ended.Token);
        await Task.WhenAny(told, child.Exited);
        await ended.CancelAsync();
        await ((Task)told).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (told.IsCompletedSuccessfully)
        {
            LogFaultsTold(config.Name, told.Result);
        }
    }

    private ServerProcess Signal(ProcessState from, ProcessState to, Action<ServerChild> send)
    {
        if (!ProcessControl.HasSignals)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, "Windows cannot freeze a process; mute the server instead.");
        }

        lock (_lock)
        {
            if (_state == from && _child is { } child)
            {
                send(child);
                _state = to;
            }
            else if (_state != to)
            {
                throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"Server {_config.Name} does not run: it is {_state}.");
            }
        }

        return Describe();
    }

    private ServerChild Launch()
    {
        var child = ServerChild.Launch(nodePath, Path.Combine(Config.DataPath, ServerFiles.Config));
        lock (_lock)
        {
            _child?.Dispose();
            _child = child;
            _state = ProcessState.Starting;
            _exitCode = 0;
        }

        _ = WatchAsync(child);
        return child;
    }

    private async Task WatchAsync(ServerChild child)
    {
        var code = await child.Exited;
        lock (_lock)
        {
            if (_child == child)
            {
                _state = ProcessState.Exited;
                _exitCode = code;
            }
        }

        LogEnded(Config.Name, child.Id, code);
    }

    private Grpc.Core.RpcException Failure(ServerChild child, string what)
    {
        var code = (ExitCode)child.ExitCode switch
        {
            ExitCode.PortInUse => ErrorCode.PortInUse,
            ExitCode.DataDirectoryInUse => ErrorCode.DataDirectoryInUse,
            _ => ErrorCode.ServerStartFailed,
        };
        var said = child.ErrorTail;
        var detail = new ErrorDetail
        {
            Code = code,
            Message = $"Server {Config.Name} {what}. {string.Join(' ', said)}".TrimEnd() + $" Log: {LogPath}",
            LogPath = LogPath,
            DataUnusable = (ExitCode)child.ExitCode == ExitCode.DataUnusable,
        };
        detail.LogTail.AddRange(TextLog.Tail(LogPath, TailLines).Concat(said).TakeLast(TailLines));
        return ServiceErrors.Of(detail);
    }
}
