using System.Collections;
using System.Diagnostics;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

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
        var start = StartInfo();
        if (!ShouldProcess($"{start.FileName} {start.Arguments}".TrimEnd()))
        {
            return;
        }

        var process = new Process { StartInfo = start };
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
