using RaftKv.Engine.Faults;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Simulation;

namespace RaftKv.Tests.Storage;

/// <summary>
/// One workload of the storage is stopped before each of its changes of the disk, and recovered: on the file system of this
/// machine, and on the simulator's disk. Row P12 of the table of edge cases.
/// </summary>
public sealed class RealDiskCrashPointTests : IDisposable
{
    private const int LeastPoints = 200;
    /// <summary>Copies need not outlast anything: so many flushes would be all that the tests wait for.</summary>
    private static readonly SkipFlush CopiesDisk = new(RealDisk.Instance);

    private readonly string _directory = Directory.CreateTempSubdirectory("raftkv-crash-").FullName;

    private string Live => Path.Combine(_directory, "live");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>
    /// The disk below holds only what was flushed: bytes, and names with their directories. It is copied before each change,
    /// and the copy is recovered twice, because what one recovery relies on the next one must still find.
    /// </summary>
    [Fact]
    public void RealDisk_PowerGoesBeforeAnyChange_RecoveryIsRight_P12()
    {
        using var disk = new LoseUnsyncedOnKill(RealDisk.Instance);
        Assert.InRange(RunAndLook(disk, _ => [null]), LeastPoints, int.MaxValue);
    }

    /// <summary>What was written and not flushed is there after the end of the process alone; of the write under way any part may be.</summary>
    [Fact]
    public void RealDisk_ProcessEndsBeforeOrWithinAnyChange_RecoveryIsRight_P12() =>
        Assert.InRange(RunAndLook(RealDisk.Instance, step => step.Bytes is { Length: > 1 } bytes ? [null, bytes.Length / 2] : [null]), LeastPoints, int.MaxValue);

    /// <summary>Every point of the same workload, where any sectors of what was not flushed may have come to the disk.</summary>
    [Fact]
    public void Simulator_PowerGoesBeforeAnyChange_RecoveryIsRight_P12()
    {
        var points = 0;
        for (var isDone = false; !isDone; points++)
        {
            var disk = new SimDisk(new Totals());
            var workload = new StorageWorkload(Live);
            isDone = RunUntil(points, disk, workload);
            disk.LosePower(new Chance((ulong)points));
            Require(workload, disk, Live, $"point {points}");
        }

        using var real = new LoseUnsyncedOnKill(RealDisk.Instance);
        var steps = new StepDisk(real, _ => { });
        new StorageWorkload(Live).Run(steps);
        Assert.Equal(steps.Steps + 1, points);
        TestContext.Current.TestOutputHelper?.WriteLine($"{points} points on the simulator's disk.");
    }

    /// <summary>The workload does flush what it must: without that the points would be seen to be wrong.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RealDisk_WithoutFlushes_IsSeenToBeWrong_P12(bool onlyDirectories)
    {
        using var disk = new LoseUnsyncedOnKill(RealDisk.Instance);
        Assert.ThrowsAny<Exception>(() => RunAndLook(disk, _ => [null], d => new SkipFlush(d, onlyDirectories)));
    }

    private static bool RunUntil(int point, IDisk disk, StorageWorkload workload)
    {
        try
        {
            workload.Run(new StepDisk(disk, step =>
            {
                if (step.Number == point)
                {
                    throw new PowerLossException();
                }
            }));
            return true;
        }
        catch (PowerLossException)
        {
            return false;
        }
    }

    private static void Require(StorageWorkload workload, IDisk disk, string root, string at)
    {
        for (var recovery = 1; recovery <= 2; recovery++)
        {
            string found;
            try
            {
                found = StorageWorkload.Recover(disk, root);
            }
            catch (InvalidDataException e)
            {
                found = e.Message;
            }

            Assert.True(
                found == workload.Acknowledged || found == workload.Pending,
                $"{at}, recovery {recovery}: {workload.Acknowledged} was acknowledged, {workload.Pending} was under way, but there is: {found}");
        }
    }

    /// <summary>Runs the workload once, and recovers a copy of the directory before each change.</summary>
    /// <param name="disk">The disk that keeps to itself what a crash would lose.</param>
    /// <param name="parts">How much of a write that is under way comes to the disk; null for none of a change.</param>
    /// <param name="decorate">What breaks promises of the disk.</param>
    /// <returns>How many changes there were, with the end of all.</returns>
    private int RunAndLook(IDisk disk, Func<DiskStep, int?[]> parts, Func<IDisk, IDisk>? decorate = null)
    {
        var looks = 0;
        var workload = new StorageWorkload(Live);
        Directory.CreateDirectory(Live);
        void Look(DiskStep step, int? part)
        {
            var copy = Path.Combine(_directory, $"{looks++}");
            CopyTo(copy);
            if (part is { } length)
            {
                WritePart(step, length, copy);
            }

            Require(workload, CopiesDisk, copy, $"before step {step.Number} ({step.What} {Path.GetFileName(step.Path)}), with {part ?? 0} bytes of it");
            Directory.Delete(copy, recursive: true);
        }

        var steps = new StepDisk(decorate?.Invoke(disk) ?? disk, step => Array.ForEach(parts(step), part => Look(step, part)));
        workload.Run(steps);
        Look(new DiskStep(steps.Steps, "the end", Live), null);
        TestContext.Current.TestOutputHelper?.WriteLine($"{steps.Steps + 1} points on the file system, looked at {looks} times.");
        return steps.Steps + 1;
    }

    private void CopyTo(string copy)
    {
        Directory.CreateDirectory(copy);
        foreach (var directory in Directory.GetDirectories(Live))
        {
            var target = Directory.CreateDirectory(Path.Combine(copy, Path.GetFileName(directory))).FullName;
            foreach (var file in Directory.GetFiles(directory))
            {
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
            }
        }
    }

    private void WritePart(DiskStep step, int length, string copy)
    {
        // A segment is written to under the name that it had while it was made.
        var path = Path.Combine(copy, Path.GetRelativePath(Live, step.Path));
        path = File.Exists(path) ? path : Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path));
        using var file = RealDisk.Instance.Open(path);
        file.Write(step.Offset, step.Bytes.AsSpan(0, length));
    }
}
