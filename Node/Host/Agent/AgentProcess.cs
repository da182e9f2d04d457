using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using RaftKv.Api.Protocol;
using RaftKv.Node.Observability;
using RaftKv.Node.Options;
using RaftKv.Node.Processes;

namespace RaftKv.Node.Agent;

/// <summary>The agent's process from start to end: its token, its web server, and why it ends.</summary>
internal static class AgentProcess
{
    private static readonly TimeSpan WebStopLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs until asked to end; returns the exit code.</summary>
    /// <exception cref="StartException">It cannot start; the message says what to do.</exception>
    public static async Task<ExitCode> RunAsync(AgentOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        if (ProcessControl.HasSignals && (options.Detached || options.ExitOnStdinClose))
        {
            ProcessControl.LeaveTerminal();
        }

        var endpoint = ReadEndpoint(options);
        var input = new StreamReader(Console.OpenStandardInput());
        var token = ReadToken(options, input);
        Directory.CreateDirectory(options.Directory);
        using var log = new FileLog(Path.Combine(options.Directory, "agent.log"));
        using var loggers = new LoggerFactory([log]);
        using var fleet = new ServerFleet(options.Directory, Environment.ProcessPath!, loggers.CreateLogger<ManagedServer>());
        using var end = new AgentEnd(fleet);
        using var ports = new PortReservations(PortReservations.DefaultDirectory);
        await using var web = Build(options, endpoint, token, loggers, services =>
        {
            services.AddSingleton(new AgentService(fleet, ports, end, endpoint.Address));
        });
        await ListenAsync(web, endpoint, cancellationToken);
        output.WriteLine(JsonSerializer.Serialize(new ReadyLine(true, web.Urls.First(), Environment.ProcessId), ServerOutputContext.Default.ReadyLine));
        output.Flush();
        var ownerGone = OwnerGoneAsync(options, input, fleet);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c =>
        {
            c.Cancel = true;
            end.Request();
        });
        using var cancelled = cancellationToken.Register(end.Request);
        await Task.WhenAny(ownerGone, end.Requested);
        await end.StopServersAsync(end.Requested.IsCompleted ? StopMode.Graceful : StopMode.Kill);
        using var patience = new CancellationTokenSource(WebStopLimit);
        await web.StopAsync(patience.Token);
        if (options.DirectoryIsTemporary && !end.Requested.IsCompleted)
        {
            log.Dispose();
            Directory.Delete(options.Directory, recursive: true);
        }

        return ExitCode.Success;
    }

    private static WebApplication Build(
        AgentOptions options,
        IPEndPoint endpoint,
        string token,
        ILoggerFactory loggers,
        Action<IServiceCollection> add)
    {
        // The empty builder reads no files and no environment: the command line is the only source.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = options.Directory });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(endpoint, o => o.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder.Services.AddSingleton<IHostLifetime, OwnLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(o => o.Interceptors.Add<TokenCheck>(token));
        add(builder.Services);
        var web = builder.Build();
        web.MapGrpcService<AgentService>();
        return web;
    }

    private static async Task ListenAsync(WebApplication web, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await web.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new StartException(ExitCode.PortInUse, $"The agent cannot listen on {endpoint}: {e.Message}", e);
        }
    }

    private static IPEndPoint ReadEndpoint(AgentOptions options)
    {
        if (!IPEndPoint.TryParse(options.Listen, out var endpoint))
        {
            throw new StartException(ExitCode.Usage, $"--listen '{options.Listen}' must be an address and a port, such as 127.0.0.1:0.");
        }

        if (!IPAddress.IsLoopback(endpoint.Address) && !options.AllowInsecure)
        {
            throw new StartException(
                ExitCode.Usage,
                $"--listen {endpoint} can be reached from other machines, and the agent's traffic with its token would be plain text. Add --allow-insecure if the network is trusted.");
        }

        return endpoint;
    }

    private static string ReadToken(AgentOptions options, StreamReader input)
    {
        string? token;
        if (options.TokenFile is not { } file)
        {
            token = input.ReadLine();
        }
        else
        {
            const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            if (!File.Exists(file))
            {
                throw new StartException(ExitCode.Usage, $"The token file {file} does not exist.");
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & others) != 0)
            {
                throw new StartException(ExitCode.Usage, $"The token file {file} can be read by others: chmod 600 it.");
            }

            token = File.ReadLines(file).FirstOrDefault();
        }

        return token?.Trim() is { Length: >= ConfigValidation.MinTokenLength } good
            ? good
            : throw new StartException(ExitCode.Usage, $"The token must have at least {ConfigValidation.MinTokenLength} characters; it is the first line of standard input or of --token-file.");
    }

    /// <summary>
    /// Completes when the agent is to end with its owner: at once, or, where it is to outlive its owner, if that ended before
    /// a server was made, so that no one would ever know of the agent.
    /// </summary>
    private static async Task OwnerGoneAsync(AgentOptions options, StreamReader input, ServerFleet fleet)
    {
        if (options.ExitOnStdinClose)
        {
            await WatchInput(input);
        }

        if (!options.ExitOnStdinClose || (options.Detached && fleet.All().Count > 0))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Completes when the owner has closed its end of the pipe, which its death does too.</summary>
    private static Task WatchInput(StreamReader input) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                while (input.Read() >= 0)
                {
                    // What the owner writes after the token means nothing.
                }
            }
            catch (IOException)
            {
                // A broken pipe means the same as its end.
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>Leaves signals to the process, not to the web server.</summary>
    private sealed class OwnLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
