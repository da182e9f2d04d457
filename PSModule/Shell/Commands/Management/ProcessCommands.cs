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
                if (found.TrueForAll(earlier => earlier.Id != id))
                {
                    found.Add(Process.GetProcessById(id));
                }
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
            var matching = Process.GetProcesses().Where(process => pattern.IsMatch(NameOf(process))).ToList();
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

    /// <summary>Its name, or nothing where it ended meanwhile: one that just ended is no error of the command.</summary>
    internal static string NameOf(Process process)
    {
        try
        {
            return process.ProcessName;
        }
        catch (InvalidOperationException)
        {
            return string.Empty;
        }
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
        foreach (var process in found.OrderBy(NameOf, StringComparer.OrdinalIgnoreCase)
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
            var label = process.HasExited ? $"({process.Id})" : $"{NameOf(process)} ({process.Id})";
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
