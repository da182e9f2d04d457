using System.Collections;
using System.Diagnostics;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Reports a process that cannot be found or handled.</summary>
public sealed class ProcessCommandException : SystemException
{
    public ProcessCommandException()
    {
    }

    public ProcessCommandException(string message)
        : base(message)
    {
    }

    public ProcessCommandException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Shared by the commands that find processes.</summary>
public abstract class FindProcessCommand : PSCmdlet
{
    internal List<Process> FindById(IEnumerable<int> ids)
    {
        var found = new List<Process>();
        foreach (var id in ids)
        {
            try
            {
                found.Add(Process.GetProcessById(id));
            }
            catch (ArgumentException)
            {
                Report($"Cannot find a process with the process identifier {id}.", "NoProcessFoundForGivenId", id);
            }
        }

        return found;
    }

    internal List<Process> FindByName(IEnumerable<string> names)
    {
        var found = new List<Process>();
        foreach (var name in names)
        {
            var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            var matching = Process.GetProcesses().Where(process => pattern.IsMatch(process.ProcessName)).ToList();
            if (matching.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                Report(
                    $"Cannot find a process with the name \"{name}\". Verify the process name and call the cmdlet again.",
                    "NoProcessFoundForGivenName",
                    name);
            }

            found.AddRange(matching.Where(process => found.TrueForAll(earlier => earlier.Id != process.Id)));
        }

        return found;
    }

    internal void Report(string message, string id, object target, ErrorCategory category = ErrorCategory.ObjectNotFound) =>
        WriteError(new ErrorRecord(new ProcessCommandException(message), id, category, target));
}

/// <summary>Gets processes.</summary>
[Cmdlet(VerbsCommon.Get, "Process", DefaultParameterSetName = "Name")]
[OutputType(typeof(Process))]
public sealed class GetProcessCommand : FindProcessCommand
{
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("ProcessName")]
    public string[] Name { get; set; } = ["*"];

    [Parameter(Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [Alias("PID")]
    public int[] Id { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public Process[] InputObject { get; set; } = [];

    protected override void ProcessRecord()
    {
        var found = ParameterSetName switch
        {
            "Id" => FindById(Id),
            "InputObject" => [.. InputObject],
            _ => FindByName(Name),
        };
        foreach (var process in found.OrderBy(process => process.ProcessName, StringComparer.OrdinalIgnoreCase)
            .ThenBy(process => process.Id))
        {
            process.Refresh();
            WriteObject(process);
        }
    }
}

/// <summary>Ends processes.</summary>
[Cmdlet(VerbsLifecycle.Stop, "Process", DefaultParameterSetName = "Id", SupportsShouldProcess = true)]
[OutputType(typeof(Process))]
public sealed class StopProcessCommand : FindProcessCommand
{
    [Parameter(Mandatory = true, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("ProcessName")]
    public string[] Name { get; set; } = [];

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    public int[] Id { get; set; } = [];

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public Process[] InputObject { get; set; } = [];

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        var found = ParameterSetName switch
        {
            "Name" => FindByName(Name),
            "InputObject" => [.. InputObject],
            _ => FindById(Id),
        };
        foreach (var process in found)
        {
            var label = process.HasExited ? $"({process.Id})" : $"{process.ProcessName} ({process.Id})";
            if (!ShouldProcess(label))
            {
                continue;
            }

            try
            {
                if (!process.HasExited)
                {
                    process.Kill();
                }
            }
            catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                Report(
                    $"Cannot stop process \"{label}\" because of the following error: {exception.Message}",
                    "CouldNotStopProcess",
                    process,
                    ErrorCategory.CloseError);
                continue;
            }

            if (PassThru)
            {
                WriteObject(process);
            }
        }
    }
}

/// <summary>Waits until processes have ended.</summary>
[Cmdlet(VerbsLifecycle.Wait, "Process", DefaultParameterSetName = "Name")]
[OutputType(typeof(Process))]
public sealed class WaitProcessCommand : FindProcessCommand, IDisposable
{
    private readonly List<Process> _processes = [];
    private readonly CancellationTokenSource _stopping = new();

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    [Alias("ProcessName")]
    public string[] Name { get; set; } = [];

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Id", ValueFromPipelineByPropertyName = true)]
    [Alias("PID", "ProcessId")]
    public int[] Id { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "InputObject", ValueFromPipeline = true)]
    public Process[] InputObject { get; set; } = [];

    [Parameter(Position = 1)]
    [Alias("TimeoutSec")]
    [ValidateRange(0, 32767)]
    public int Timeout { get; set; } = -1;

    [Parameter]
    public SwitchParameter Any { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    public void Dispose() => _stopping.Dispose();

    protected override void ProcessRecord() => _processes.AddRange(ParameterSetName switch
    {
        "Name" => FindByName(Name),
        "InputObject" => [.. InputObject],
        _ => FindById(Id),
    });

    protected override void EndProcessing()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        if (Timeout >= 0)
        {
            limit.CancelAfter(TimeSpan.FromSeconds(Timeout));
        }

        var waits = _processes.Select(process => process.WaitForExitAsync(limit.Token)).ToArray();
        try
        {
            (Any ? Task.WhenAny(waits) : Task.WhenAll(waits)).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // What did not end in time is reported below, process by process.
        }

        foreach (var process in _processes.Where(process => !Any && !process.HasExited && !_stopping.IsCancellationRequested))
        {
            Report(
                $"This command stopped operation because process \"{process.ProcessName} ({process.Id})\" is not stopped in the specified time-out.",
                "ProcessNotTerminated",
                process,
                ErrorCategory.CloseError);
        }

        if (PassThru)
        {
            WriteObject(_processes, enumerateCollection: true);
        }
    }

    protected override void StopProcessing() => _stopping.Cancel();
}

/// <summary>Starts a process.</summary>
[Cmdlet(VerbsLifecycle.Start, "Process", DefaultParameterSetName = "Default", SupportsShouldProcess = true)]
[OutputType(typeof(Process))]
public sealed class StartProcessCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    [Parameter(Position = 0, Mandatory = true)]
    [Alias("PSPath", "Path")]
    public string FilePath { get; set; } = string.Empty;

    [Parameter(Position = 1)]
    [Alias("Args")]
    public string[] ArgumentList { get; set; } = [];

    [Parameter]
    public string? WorkingDirectory { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    [Alias("RSE")]
    public string? RedirectStandardError { get; set; }

    [Parameter]
    [Alias("RSI")]
    public string? RedirectStandardInput { get; set; }

    [Parameter]
    [Alias("RSO")]
    public string? RedirectStandardOutput { get; set; }

    [Parameter]
    [Alias("nnw")]
    public SwitchParameter NoNewWindow { get; set; }

    [Parameter]
    public SwitchParameter Wait { get; set; }

    [Parameter]
    public SwitchParameter UseNewEnvironment { get; set; }

    [Parameter]
    public Hashtable? Environment { get; set; }

    public void Dispose() => _stopping.Dispose();

    protected override void BeginProcessing()
    {
        if (!ShouldProcess(FilePath))
        {
            return;
        }

        var process = new Process { StartInfo = StartInfo() };
        try
        {
            process.Start();
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            ThrowTerminatingError(new ErrorRecord(
                new InvalidOperationException($"This command cannot be run due to the error: {exception.Message}", exception),
                "InvalidOperationException",
                ErrorCategory.InvalidOperation,
                null));
        }

        var copies = Redirect(process);
        if (PassThru)
        {
            // The handle is taken now, so that the exit code can still be asked for after the process has ended.
            _ = process.SafeHandle;
            WriteObject(process);
        }

        if (Wait)
        {
            try
            {
                process.WaitForExitAsync(_stopping.Token).GetAwaiter().GetResult();
                copies.GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                // Ctrl-C ends the waiting, not the process.
            }
        }
    }

    protected override void StopProcessing() => _stopping.Cancel();

    private string Full(string path) => SessionState.Path.GetUnresolvedProviderPathFromPSPath(path);

    private ProcessStartInfo StartInfo()
    {
        var command = InvokeCommand.GetCommand(FilePath, CommandTypes.Application) is ApplicationInfo application
            ? application.Path
            : Full(FilePath);
        var info = new ProcessStartInfo(command)
        {
            UseShellExecute = false,
            Arguments = string.Join(' ', ArgumentList),
            WorkingDirectory = WorkingDirectory is null
                ? SessionState.Path.CurrentFileSystemLocation.ProviderPath
                : Full(WorkingDirectory),
            RedirectStandardError = RedirectStandardError is not null,
            RedirectStandardInput = RedirectStandardInput is not null,
            RedirectStandardOutput = RedirectStandardOutput is not null,
        };
        if (UseNewEnvironment)
        {
            info.Environment.Clear();
        }

        foreach (DictionaryEntry entry in Environment ?? [])
        {
            info.Environment[entry.Key.ToString()!] = entry.Value?.ToString();
        }

        return info;
    }

    private Task Redirect(Process process)
    {
        var copies = new List<Task>();
        if (RedirectStandardOutput is not null)
        {
            copies.Add(Copy(process.StandardOutput.BaseStream, File.Create(Full(RedirectStandardOutput))));
        }

        if (RedirectStandardError is not null)
        {
            copies.Add(Copy(process.StandardError.BaseStream, File.Create(Full(RedirectStandardError))));
        }

        if (RedirectStandardInput is not null)
        {
            copies.Add(Copy(File.OpenRead(Full(RedirectStandardInput)), process.StandardInput.BaseStream));
        }

        return Task.WhenAll(copies);
    }

    private static async Task Copy(Stream from, Stream to)
    {
        await using (from)
        await using (to)
        {
            await from.CopyToAsync(to);
        }
    }
}
