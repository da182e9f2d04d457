using System.Globalization;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;

namespace RaftKv.Shell.Host;

/// <summary>The engine's view of this process: name, culture, the user interface and the wish to exit.</summary>
internal sealed class ShellHost(ShellUserInterface ui) : PSHost, IHostSupportsInteractiveSession
{
    private Runspace? _runspace;

    public override string Name => "ConsoleHost";

    public override Version Version => typeof(PSHost).Assembly.GetName().Version ?? new Version(7, 6);

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => ui;

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public bool IsRunspacePushed => false;

    public Runspace Runspace => _runspace ?? throw new InvalidOperationException("The runspace is not open yet.");

    /// <summary>The code of the script's <c>exit</c>, or null while none was asked for.</summary>
    internal int? ExitCode { get; private set; }

    internal void Attach(Runspace runspace) => _runspace = runspace;

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    public override void EnterNestedPrompt() => throw new NotSupportedException("Nested prompts are not offered.");

    public override void ExitNestedPrompt() => throw new NotSupportedException("Nested prompts are not offered.");

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public void PushRunspace(Runspace runspace) => throw new NotSupportedException("Remote sessions are not offered.");

    public void PopRunspace() => throw new NotSupportedException("Remote sessions are not offered.");
}
