using System.Diagnostics;
using System.Globalization;

namespace RaftKv.Evaluation.Results;

/// <summary>
/// What else the machine was doing while something was measured. A number taken beside somebody else's compiler says
/// little, so every row carries the other processes' share and a disturbed cell is measured again.
/// Own is this process with all its descendants, and each process that is named; everything else that was busy is other.
/// </summary>
public sealed class EnvironmentProbe
{
    /// <summary>What the native node puts behind its version.</summary>
    private const string NativeSuffix = ".aot";

    private readonly int[] _roots;
    private readonly Reading? _start;

    private EnvironmentProbe(int[] roots)
    {
        _roots = roots;
        _start = Reading.Take(roots);
    }

    /// <summary>Cores that this process may use.</summary>
    public static int HostCores => Environment.ProcessorCount;

    /// <summary>Starts watching.</summary>
    /// <param name="alsoOwn">Processes that belong to the measurement without being our descendants, for example a detached agent.</param>
    public static EnvironmentProbe Start(params IEnumerable<int> alsoOwn) => new([Environment.ProcessId, .. alsoOwn]);

    /// <summary>
    /// The share of all cores' time that other processes used since <see cref="Start"/>, in percent; null where the
    /// system does not tell (it is read from <c>/proc</c>) or no time has passed.
    /// </summary>
    public double? OtherCpuPercent()
    {
        if (_start is null || Reading.Take(_roots) is not { } now || now.Total <= _start.Total)
        {
            return null;
        }

        var other = now.Busy - _start.Busy - (now.Own - _start.Own);
        return Math.Clamp(Math.Round(100.0 * other / (now.Total - _start.Total), 1), 0, 100);
    }

    /// <summary>
    /// The build of a node's executable, as a server that runs it reports it: where the executable is only a launcher the
    /// library beside it knows, and the native one says it itself. Empty when neither does.
    /// </summary>
    public static string NodeBuildOf(string nodePath)
    {
        var library = Path.ChangeExtension(nodePath, ".dll");
        if (File.Exists(library))
        {
            return FileVersionInfo.GetVersionInfo(library).ProductVersion ?? "";
        }

        if (!File.Exists(nodePath))
        {
            return "";
        }

        using var process = Process.Start(new ProcessStartInfo(nodePath, "--version") { RedirectStandardOutput = true, UseShellExecute = false });
        var version = process?.StandardOutput.ReadToEnd().Trim();
        process?.WaitForExit();
        return string.IsNullOrEmpty(version) ? "" : version + NativeSuffix;
    }

    /// <summary>Clock ticks since boot: of all cores together, busy ones, and those of our own processes.</summary>
    private sealed record Reading(long Total, long Busy, long Own)
    {
        public static Reading? Take(int[] roots)
        {
            if (!OperatingSystem.IsLinux())
            {
                return null;
            }

            try
            {
                // user, nice, system, idle, iowait, irq, softirq, steal; guest time is contained in user.
                var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
                var times = fields.Skip(1).Take(8).Select(f => long.Parse(f, CultureInfo.InvariantCulture)).ToArray();
                var total = times.Sum();
                return new Reading(total, total - times[3] - times[4], OwnTicks(roots));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
            {
                return null;
            }
        }

        private static long OwnTicks(int[] roots)
        {
            var processes = new Dictionary<int, (int Parent, long Ticks)>();
            foreach (var directory in Directory.EnumerateDirectories("/proc"))
            {
                if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    && ReadProcess(directory) is { } process)
                {
                    processes[id] = process;
                }
            }

            var children = processes.ToLookup(p => p.Value.Parent, p => p.Key);
            var own = new HashSet<int>();
            var pending = new Stack<int>(roots);
            while (pending.TryPop(out var id))
            {
                if (processes.ContainsKey(id) && own.Add(id))
                {
                    foreach (var child in children[id])
                    {
                        pending.Push(child);
                    }
                }
            }

            return own.Sum(id => processes[id].Ticks);
        }

        private static (int Parent, long Ticks)? ReadProcess(string directory)
        {
            try
            {
                // The name in parentheses may itself hold spaces and parentheses: what follows the last one is regular.
                var text = File.ReadAllText(Path.Combine(directory, "stat"));
                var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');

                // Times of ended children are included: a killed server's work must not become somebody else's.
                var ticks = fields.Skip(11).Take(4).Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
                return (int.Parse(fields[1], CultureInfo.InvariantCulture), ticks);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or ArgumentOutOfRangeException)
            {
                return null; // It has ended meanwhile.
            }
        }
    }
}
