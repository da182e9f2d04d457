using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace RaftKv.Node.Processes;

/// <summary>
/// The few system calls that .NET has no method for: asking a process to end, freezing it and letting it go on, ending
/// with a parent, and leaving the terminal's session. Not on Windows, which has no such signals.
/// </summary>
internal static class ProcessControl
{
    private const int Terminate = 15;

    private static int Stop => OperatingSystem.IsLinux() ? 19 : 17;

    private static int Continue => OperatingSystem.IsLinux() ? 18 : 19;

    /// <summary>Whether processes can be frozen here.</summary>
    [UnsupportedOSPlatformGuard("windows")]
    public static bool HasSignals => !OperatingSystem.IsWindows();

    /// <summary>Asks a process to end.</summary>
    [UnsupportedOSPlatform("windows")]
    public static void AskToEnd(Process process) => Send(process, Terminate);

    /// <summary>Freezes a process until <see cref="LetGoOn"/>.</summary>
    [UnsupportedOSPlatform("windows")]
    public static void Freeze(Process process) => Send(process, Stop);

    /// <summary>Undoes <see cref="Freeze"/>.</summary>
    [UnsupportedOSPlatform("windows")]
    public static void LetGoOn(Process process) => Send(process, Continue);

    /// <summary>
    /// Leaves the terminal's session: Ctrl-C there is meant for the user's command, not for the cluster, and closing it
    /// must not end a detached agent. A process that leads a group already cannot and need not.
    /// </summary>
    [UnsupportedOSPlatform("windows")]
    public static void LeaveTerminal() => _ = NewSession();

    /// <summary>
    /// Lets the kernel end this process when the thread that started it ends, also while it is frozen. If that thread is
    /// gone already nothing happens: anyone who cares watches standard input besides.
    /// </summary>
    [SupportedOSPlatform("linux")]
    public static void EndWithParent()
    {
        const int SetParentDeathSignal = 1;
        const int Kill = 9;
        if (ControlProcess(SetParentDeathSignal, Kill, 0, 0, 0) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "The kernel does not end this process with its parent");
        }
    }

    private static void Send(Process process, int signal)
    {
        if (process.HasExited)
        {
            return;
        }

        const int NoSuchProcess = 3;
        if (Kill(process.Id, signal) != 0 && Marshal.GetLastPInvokeError() is var error and not NoSuchProcess)
        {
            throw new Win32Exception(error, $"Signal {signal} to process {process.Id} failed");
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);

    [DllImport("libc", EntryPoint = "prctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ControlProcess(int option, nint argument2, nint argument3, nint argument4, nint argument5);

    [DllImport("libc", EntryPoint = "setsid", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NewSession();
}
