using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using RaftKv.Shell.Engine;

namespace RaftKv.Shell.Host;

/// <summary>Opens one runspace, runs what the command line asks for, and turns the outcome into an exit code.</summary>
internal sealed class ShellProgram : IDisposable
{
    private const int UsageExitCode = 64;
    private const int InterruptedExitCode = 130;

    private readonly ShellOptions _options;
    private readonly ShellHost _host;
    private readonly Runspace _runspace;
    private readonly Lock _gate = new();
    private PowerShell? _running;
    private volatile bool _interrupted;

    private ShellProgram(ShellOptions options)
    {
        _options = options;
        var prompts = options.File is null && options.CommandText is null;
        var ui = new ShellUserInterface(!options.NonInteractive, ShellUserInterface.TerminalWantsColours());
        _host = new ShellHost(ui);
        PSStyle.Instance.OutputRendering = ui.Colours ? OutputRendering.Host : OutputRendering.PlainText;
        var modulePath = ModulePaths.Compose();
        ModulePaths.Apply(modulePath);
        var state = InitialSessionState.CreateDefault2();
        state.ThreadOptions = PSThreadOptions.UseCurrentThread;
        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.Open();
        _host.Attach(_runspace);
        Runspace.DefaultRunspace = _runspace;

        // Opening a runspace appends the machine's module directories again; only ours are wanted.
        ModulePaths.Apply(modulePath);
        Prompts = prompts;
    }

    private bool Prompts { get; }

    internal static int Run(IReadOnlyList<string> args)
    {
        var options = ShellOptions.Parse(args);
        if (options.Fault is not null)
        {
            Console.Error.WriteLine(options.Fault + Environment.NewLine + Environment.NewLine + ShellOptions.Usage);
            return UsageExitCode;
        }

        if (options.ShowHelp || options.ShowVersion)
        {
            var version = typeof(ShellProgram).Assembly.GetName().Version?.ToString(3);
            var engine = typeof(PowerShell).Assembly.GetName().Version?.ToString(2);
            Console.Out.WriteLine(
                options.ShowHelp ? ShellOptions.Usage : $"raftkv-shell {version} (PowerShell engine {engine})");
            return 0;
        }

        if (options.WorkingDirectory is not null)
        {
            Directory.SetCurrentDirectory(options.WorkingDirectory);
        }

        if (options.File is not null && options.File != "-" && !System.IO.File.Exists(options.File))
        {
            Console.Error.WriteLine(
                $"The script file '{options.File}' does not exist." + Environment.NewLine + Environment.NewLine
                + ShellOptions.Usage);
            return UsageExitCode;
        }

        using var program = new ShellProgram(options);
        Console.CancelKeyPress += program.OnInterrupt;
        return program.Execute();
    }

    /// <summary>Runs one piece of work to its end, shows its output and errors, and says whether it succeeded.</summary>
    internal bool Invoke(Command command, bool typed = false, IEnumerable<string>? input = null)
    {
        using var shell = PowerShell.Create(_runspace);

        // The engine keeps $? of commands that enter the history, and gives it back after all others, as the prompt's.
        var settings = new PSInvocationSettings { AddToHistory = typed };
        shell.HistoryString = command.CommandText;
        shell.Commands.AddCommand(command);
        shell.Commands.AddCommand(new Command("Out-Default")
        {
            MergeUnclaimedPreviousCommandResults = PipelineResultTypes.Error | PipelineResultTypes.Output,
        });
        lock (_gate)
        {
            _running = shell;
        }

        try
        {
            shell.Invoke<object>(input, settings);
            return true;
        }
        catch (PipelineStoppedException)
        {
            return false;
        }
        catch (RuntimeException exception)
        {
            Report(exception.ErrorRecord);
            return false;
        }
        finally
        {
            lock (_gate)
            {
                _running = null;
            }
        }
    }

    public void Dispose() => _runspace.Dispose();

    private int Execute()
    {
        if (Prompts && !(Console.IsInputRedirected && _options.NonInteractive))
        {
            return new InteractivePrompt(this, _host, _runspace, _options).Loop();
        }

        var succeeded = _options switch
        {
            { File: { } file } => InvokeFile(file),
            { CommandText: "-" } => InvokeInput(),
            _ => InvokeText(_options.CommandText ?? Console.In.ReadToEnd()),
        };
        return _interrupted ? InterruptedExitCode : _host.ExitCode ?? (succeeded ? 0 : 1);
    }

    private bool InvokeFile(string file)
    {
        if (file == "-")
        {
            return InvokeText(Console.In.ReadToEnd());
        }

        // Dot-sourced like in pwsh: what the script defines stays in the global scope.
        var command = new Command(Path.GetFullPath(file), isScript: false, useLocalScope: false);
        ScriptArguments.AddTo(command, _options.Arguments);
        EngineAccess.LetNextScriptExit(_runspace);
        return Invoke(command);
    }

    private bool InvokeText(string text)
    {
        const string outcome = "__commandSucceeded";

        // Like pwsh, a command text fails when its last command did, even without an exception.
        var noted = $"{text}{Environment.NewLine}$global:{outcome} = $?";
        return Invoke(new Command(noted, isScript: true, useLocalScope: false), input: UsesInput(text) ? InputLines() : null)
            && _runspace.SessionStateProxy.GetVariable(outcome) is not false;
    }

    /// <summary>Runs what the standard input says, command by command, so that one that fails does not end it.</summary>
    private bool InvokeInput()
    {
        var prompt = new InteractivePrompt(this, _host, _runspace, _options);
        prompt.Loop();
        return prompt.Succeeded;
    }

    /// <summary>Only a text that asks for $input waits for the standard input, which a caller may have left open.</summary>
    private static bool UsesInput(string text) => Console.IsInputRedirected
        && Parser.ParseInput(text, out _, out _).Find(
            node => node is VariableExpressionAst { VariablePath.UserPath: var name } && name.Equals("input", StringComparison.OrdinalIgnoreCase),
            searchNestedScriptBlocks: true) is not null;

    private static IEnumerable<string> InputLines()
    {
        while (Console.In.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private void Report(ErrorRecord error)
    {
        var shown = new PSObject(error);
        EngineAccess.MarkAsError(shown);
        try
        {
            using var shell = PowerShell.Create(_runspace);
            shell.AddCommand("Out-Default").Invoke(new[] { shown });
        }
        catch (RuntimeException)
        {
            Console.Error.WriteLine(error.ToString());
        }
    }

    private void OnInterrupt(object? sender, ConsoleCancelEventArgs pressed)
    {
        pressed.Cancel = true;
        _interrupted = !Prompts;
        lock (_gate)
        {
            _running?.BeginStop(null, null);
        }
    }
}
