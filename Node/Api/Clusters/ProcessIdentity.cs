using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace RaftKv.Api.Clusters;

/// <summary>Whether a process that was started earlier, perhaps by another session, still runs.</summary>
public enum AgentState
{
    /// <summary>It runs.</summary>
    Running = 0,

    /// <summary>It has ended: its id is free, or another process has it.</summary>
    Ended = 1,

    /// <summary>It cannot be seen from here: another machine, another boot, or another namespace of process ids.</summary>
    Unknown = 2,
}

/// <summary>
/// What makes a process unique, as text: the machine, its boot, the namespace of process ids, and when the process started.
/// A process id alone is given again, after a reboot or in a container to quite another process.
/// </summary>
internal static class ProcessIdentity
{
    private const int StartTimeField = 22 - 3; // Fields of /proc/PID/stat from the third, "state", on: the second may hold blanks.

    /// <summary>The identity of a process that runs; null when there is none of that id.</summary>
    public static string? Of(int processId) => StartOf(processId) is { } start ? $"{Place}/{start}" : null;

    /// <summary>Whether the process of this id and identity runs.</summary>
    /// <param name="processId">Its id.</param>
    /// <param name="identity">What <see cref="Of"/> said of it, or null where that was not recorded.</param>
    public static AgentState StateOf(int processId, string? identity)
    {
        if (identity is null || !identity.StartsWith(Place + "/", StringComparison.Ordinal))
        {
            return AgentState.Unknown;
        }

        return Of(processId) == identity ? AgentState.Running : AgentState.Ended;
    }

    /// <summary>Where process ids mean what they mean here.</summary>
    private static string Place { get; } = OperatingSystem.IsLinux()
        ? $"{Environment.MachineName}/{ReadBootId()}/{File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name}"
        : Environment.MachineName;

    private static string ReadBootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    private static string? StartOf(int processId)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                var stat = File.ReadAllText($"/proc/{processId}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');

                // A zombie has ended; only its parent has not looked.
                return fields[0] is "Z" or "X" ? null : fields[StartTimeField];
            }

            using var process = Process.GetProcessById(processId);
            return process.HasExited ? null : process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
