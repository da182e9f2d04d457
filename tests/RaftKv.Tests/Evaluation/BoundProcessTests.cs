using RaftKv.Evaluation.OtherSystems;

namespace RaftKv.Tests.Evaluation;

public sealed class BoundProcessTests
{
    /// <summary>What the system does with the pipes of a process that is killed is done here by hand: it closes them.</summary>
    [Fact]
    public async Task Start_ThePipeCloses_TheProgramEnds()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var process = BoundProcess.Start("sleep", ["600"]);
        try
        {
            using var limit = new CancellationTokenSource(Patience.Limit);
            Assert.False(process.HasExited);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            Assert.Equal(128 + 9, process.ExitCode);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Start_AProgramThatEnds_IsNotHeldByItsGuard()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var limit = new CancellationTokenSource(Patience.Limit);
        using var process = BoundProcess.Start("sh", ["-c", "exit 3"]);
        await process.WaitForExitAsync(limit.Token);
        Assert.Equal(3, process.ExitCode);
    }
}
