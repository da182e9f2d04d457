using System.Globalization;
using RaftKv.Api;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Chaos;

/// <summary>A schedule as a CSV, one step a line, so that the very same faults can be tried again on another build.</summary>
public static class ChaosScheduleFile
{
    private const int MaxLineChars = 4096;
    private const int MaxSteps = 1_000_000;

    /// <summary>A day, as for a schedule that is drawn.</summary>
    private const int LongestMs = 24 * 60 * 60 * 1000;

    /// <summary>What a link can delay at most.</summary>
    private const double LongestDelayMs = 60_000;

    private const string Columns = "Number,AtMs,LastsMs,Fault,Leader,Servers,Strength,Seed";

    /// <summary>Writes a schedule, replacing the file; makes the directory.</summary>
    public static void Write(string path, IReadOnlyList<ChaosStep> steps, ulong seed)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(steps);
        OutputFile.Write(path, string.Concat(steps
            .Select(step => string.Create(
                CultureInfo.InvariantCulture,
                $"{step.Number},{step.AtMs},{step.LastsMs},{step.Fault},{step.Leader},{string.Join(' ', step.Servers)},{step.Strength},{seed}"))
            .Prepend(Columns)
            .Select(line => line + Environment.NewLine)));
    }

    /// <summary>Reads a schedule back, and judges all of it before any of it is done.</summary>
    /// <param name="path">The file.</param>
    /// <param name="servers">The ids of the servers that it will be run on; null: not asked.</param>
    /// <returns>The steps, and the seed that drew them.</returns>
    /// <exception cref="InvalidDataException">It is no schedule, or none for these servers: all faults, with line numbers.</exception>
    public static (IReadOnlyList<ChaosStep> Steps, ulong Seed) Read(string path, IReadOnlyList<int>? servers = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var faults = new FaultList();
        var steps = new List<ChaosStep>();
        ulong? seed = null;
        var lines = 0;
        foreach (var (number, line) in FileLines.Read(path, MaxLineChars))
        {
            lines = number;
            if (number > MaxSteps || (number == 1 && line != Columns))
            {
                faults.Add(number, number == 1 ? $"the first line is not '{Columns}'" : $"more than {MaxSteps} steps");
                break;
            }

            if (number > 1 && line is not { Length: 0 })
            {
                ReadStep(line, number, servers, faults, steps, ref seed);
            }
        }

        if (faults.Count == 0 && steps.Count == 0)
        {
            faults.Add(lines + 1, "there is no step");
        }

        return faults.Count == 0 ? (steps, seed ?? 0) : throw faults.ToException($"{path} is no chaos schedule");
    }

    private static void ReadStep(string? line, int number, IReadOnlyList<int>? servers, FaultList faults, List<ChaosStep> steps, ref ulong? seed)
    {
        var cells = line?.Split(',') ?? [];
        if (cells.Length != Columns.Count(c => c == ',') + 1)
        {
            faults.Add(number, $"'{line ?? "..."}' is not {Columns}");
            return;
        }

        var before = faults.Count;
        int Whole(int cell, string name, int least, int most)
        {
            if (!int.TryParse(cells[cell], NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < least || value > most)
            {
                faults.Add(number, $"{name} '{cells[cell]}' is no whole number from {least} to {most}");
            }

            return value;
        }

        var place = Whole(0, "Number", 1, int.MaxValue);
        var at = Whole(1, "AtMs", 0, LongestMs);
        var lasts = Whole(2, "LastsMs", 0, LongestMs);
        if (!Enum.GetNames<ChaosFault>().Contains(cells[3], StringComparer.Ordinal))
        {
            faults.Add(number, $"Fault '{cells[3]}' is none of {string.Join(", ", Enum.GetNames<ChaosFault>())}");
        }

        if (!bool.TryParse(cells[4], out var leader))
        {
            faults.Add(number, $"Leader '{cells[4]}' is not True or False");
        }

        var whom = ReadServers(cells[5], number, faults);
        if (!double.TryParse(cells[6], NumberStyles.Float, CultureInfo.InvariantCulture, out var strength))
        {
            faults.Add(number, $"Strength '{cells[6]}' is no number");
        }

        if (!ulong.TryParse(cells[7], NumberStyles.None, CultureInfo.InvariantCulture, out var drawn) || drawn != (seed ??= drawn))
        {
            faults.Add(number, $"Seed '{cells[7]}' is no number from 0 on, or not that of the lines before");
        }

        if (faults.Count == before)
        {
            var step = new ChaosStep(place, at, lasts, Enum.Parse<ChaosFault>(cells[3]), leader, whom, strength);
            Judge(step, number, servers, faults);
            steps.Add(step);
        }
    }

    private static List<int> ReadServers(string cell, int number, FaultList faults)
    {
        var whom = new List<int>();
        foreach (var word in cell.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id < 1 || whom.Contains(id))
            {
                faults.Add(number, $"Servers has '{word}', which is no id or comes twice");
            }
            else
            {
                whom.Add(id);
            }
        }

        return whom;
    }

    /// <summary>Whether a step can be done at all, and does something.</summary>
    private static void Judge(ChaosStep step, int number, IReadOnlyList<int>? servers, FaultList faults)
    {
        var most = step.Fault switch
        {
            ChaosFault.Lossy => 1.0,
            ChaosFault.Slow or ChaosFault.OneWay => LongestDelayMs,
            _ => 0,
        };
        if (!(step.Strength >= 0 && step.Strength <= most))
        {
            faults.Add(number, FormattableString.Invariant($"Strength {step.Strength} of {step.Fault} is not from 0 to {most}"));
        }

        if (servers is not null && step.Servers.Except(servers).ToArray() is { Length: > 0 } strangers)
        {
            faults.Add(number, $"the cluster has no server {string.Join(", ", strangers)}; it has {string.Join(", ", servers)}");
        }

        if (!step.Leader && step.Servers.Count == 0 && step.Fault is not (ChaosFault.KillAll or ChaosFault.Membership))
        {
            faults.Add(number, $"{step.Fault} hits no one: no Servers, and not the leader");
        }
    }
}
