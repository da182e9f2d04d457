using System.Management.Automation;
using System.Runtime.CompilerServices;
using RaftKv.Base;
using RaftKv.Bridge;
using RaftKv.Cmdlets;

namespace RaftKv;

/// <summary>
/// The base of all cmdlets: Ctrl-C cancels whatever call is under way, failures become error records in one way, and
/// asynchronous calls run while the pipeline's thread writes what they report.
/// </summary>
public abstract class RaftCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>
    /// Whether the cmdlet does the same to each of many: what is wrong with one, whatever it is, then never keeps it from
    /// the next.
    /// </summary>
    private protected virtual bool IsForEach => false;

    /// <summary>Cancelled by Ctrl-C.</summary>
    protected CancellationToken StopToken => _stop.Token;

    /// <summary>Whether Ctrl-C was pressed.</summary>
    internal bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Frees what a cmdlet holds.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Says what is missing before the runtime says it in its own words. Overrides call this first.</summary>
    protected override void BeginProcessing()
    {
        if (ModuleBridge.MissingFiles is { Count: > 0 } missing)
        {
            Fail(ErrorIds.ModuleIncomplete, ErrorCategory.NotInstalled, ModuleBridge.DependencyDirectory,
                $"The module is incomplete: {string.Join(", ", missing)} should lie in '{ModuleBridge.DependencyDirectory}'. Install or build the module again.");
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Frees what a cmdlet holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Dispose();
        }
    }

    /// <summary>Ends the cmdlet with an error record.</summary>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    internal void Fail(string errorId, ErrorCategory category, object? target, string message)
    {
        ThrowTerminatingError(new ErrorRecord(new RaftException(errorId, message), errorId, category, target));
        throw new PipelineStoppedException();
    }

    /// <summary>Writes an error record and lets the cmdlet go on with the next object.</summary>
    internal void Report(string errorId, ErrorCategory category, object? target, string message) =>
        WriteError(new ErrorRecord(new RaftException(errorId, message), errorId, category, target));

    /// <summary>Turns a failure into an error record, and ends the cmdlet where its kind says so.</summary>
    internal void Report(Exception exception, object? target)
    {
        ErrorMapping.Mapped mapped = ErrorMapping.Map(exception, target);
        if (mapped.Terminating && !IsForEach)
        {
            ThrowTerminatingError(mapped.Record);
        }

        WriteError(mapped.Record);
    }

    /// <summary>Runs a call and lets its failures through as they are.</summary>
    internal T Run<T>(Func<CancellationToken, Task<T>> work) => new PipelinePump(this).Run(work, StopToken);

    /// <summary>Runs a call; a failure becomes an error record about <paramref name="target"/>.</summary>
    /// <returns>Whether it succeeded. A failure that ends the cmdlet does not return.</returns>
    private protected bool TryRun<T>(object? target, Func<CancellationToken, Task<T>> work, out T result)
    {
        try
        {
            result = Run(work);
            return true;
        }
        catch (Exception exception) when (IsOurs(exception))
        {
            Report(exception, target);
            Unsafe.SkipInit(out result);
            return false;
        }
    }

    /// <summary>Runs a call that returns nothing; a failure becomes an error record.</summary>
    private protected bool TryRun(object? target, Func<CancellationToken, Task> work) =>
        TryRun(
            target,
            async token =>
            {
                await work(token);
                return true;
            },
            out _);

    /// <summary>
    /// Runs a call that yields objects and hands each to the pipeline's thread as it comes, in order. When the pipeline
    /// wants no more the call is cancelled.
    /// </summary>
    private protected bool TryStream<T>(object? target, Func<CancellationToken, IAsyncEnumerable<T>> source, Action<T> each)
    {
        PipelinePump pump = new(this);
        try
        {
            pump.Run(
                async token =>
                {
                    await foreach (T item in source(token).WithCancellation(token))
                    {
                        pump.Post(_ => each(item), token);
                    }

                    return true;
                },
                StopToken);
            return true;
        }
        catch (Exception exception) when (IsOurs(exception))
        {
            Report(exception, target);
            return false;
        }
    }

    /// <summary>A literal path as the file system knows it, relative to PowerShell's current location. Ends the cmdlet where that is none of files.</summary>
    private protected string ResolveOutputPath(string path)
    {
        string resolved = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out PSDriveInfo _);
        if (provider.Name != "FileSystem")
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, path,
                $"'{path}' is no place for files: it belongs to the provider {provider.Name}, as the current location is '{SessionState.Path.CurrentLocation}'. "
                + "Give the whole path of a file or folder, or go to one first (Set-Location).");
        }

        return resolved;
    }

    /// <summary>
    /// Says what must not go unsaid: as a warning while the pipeline takes one, else on the screen. For a pipeline that
    /// ends early, whose streams are closed already.
    /// </summary>
    internal void Say(string text)
    {
        try
        {
            WriteWarning(RaftText.Message(text));
        }
        catch (Exception e) when (e is PipelineStoppedException or InvalidOperationException)
        {
            Host?.UI?.WriteWarningLine(RaftText.Message(text));
        }
    }

    /// <summary>PowerShell's own exceptions steer the pipeline and pass through untouched.</summary>
    internal static bool IsOurs(Exception exception) =>
        exception is not (RuntimeException or FlowControlException) && exception.GetType().Assembly != typeof(PSCmdlet).Assembly;
}
