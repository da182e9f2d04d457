using System.Globalization;

namespace RaftKv.Evaluation.Chaos;

/// <summary>A schedule as a CSV, one step a line, so that the very same faults can be tried again on another build.</summary>
public static class ChaosScheduleFile
{
    private const string Columns = "Number,AtMs,LastsMs,Fault,Leader,Servers,Strength,Seed";

    /// <summary>Writes a schedule, replacing the file; makes the directory.</summary>
    public static void Write(string path, IReadOnlyList<ChaosStep> steps, ulong seed)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(steps);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllLines(path, steps
            .Select(step => string.Create(
                CultureInfo.InvariantCulture,
                $"{step.Number},{step.AtMs},{step.LastsMs},{step.Fault},{step.Leader},{string.Join(' ', step.Servers)},{step.Strength},{seed}"))
            .Prepend(Columns));
    }

    /// <summary>Reads a schedule back.</summary>
    /// <returns>The steps, and the seed that drew them.</returns>
    /// <exception cref="InvalidDataException">It is no schedule; the message names file and line.</exception>
    public static (IReadOnlyList<ChaosStep> Steps, ulong Seed) Read(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var lines = File.ReadAllLines(path);
        if (lines.Length < 2 || lines[0] != Columns)
        {
            throw new InvalidDataException($"{path} is no chaos schedule: its first line is not '{Columns}' with steps below it.");
        }

        var steps = new List<ChaosStep>();
        ulong seed = 0;
        for (var i = 1; i < lines.Length; i++)
        {
            try
            {
                (var step, seed) = Parse(lines[i].Split(','));
                steps.Add(step);
            }
            catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or IndexOutOfRangeException)
            {
                throw new InvalidDataException($"{path}, line {i + 1}: '{lines[i]}' is no step of a schedule. {e.Message}", e);
            }
        }

        return (steps, seed);
    }

    private static (ChaosStep Step, ulong Seed) Parse(string[] cells)
    {
        int Number(int cell) => int.Parse(cells[cell], NumberStyles.None, CultureInfo.InvariantCulture);
        int[] servers = [.. cells[5].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => int.Parse(s, NumberStyles.None, CultureInfo.InvariantCulture))];
        var step = new ChaosStep(
            Number(0), Number(1), Number(2), Enum.Parse<ChaosFault>(cells[3]), bool.Parse(cells[4]), servers, double.Parse(cells[6], NumberStyles.Float, CultureInfo.InvariantCulture));
        return (step, ulong.Parse(cells[7], NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
