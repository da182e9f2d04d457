using System.Diagnostics;
using System.Management.Automation;

namespace RaftKv.Shell.Pester;

/// <summary>Runs the tests of one container, each in its scope, and notes what happened on the nodes themselves.</summary>
internal sealed class Runner(PSCmdlet command, Session session, ConsoleReport report)
{
    private readonly Scopes _scopes = new(command);

    internal void Run(Container container)
    {
        var watch = Stopwatch.StartNew();
        using var drive = session.Configuration.TestDrive.Enabled.Value && container.Root.ShouldRun
            ? new TestDrive(command.SessionState)
            : null;
        if (session.SkipsAfter is { } failed)
        {
            session.SkipRemaining(container.Root, failed);
        }

        if (container.Root.ShouldRun)
        {
            _scopes.InNewScope(() =>
            {
                drive?.Define();
                _scopes.Define(container.Data);
                RunBlock(container.Root, drive);
            });
        }

        foreach (var error in container.Root.ErrorRecord)
        {
            container.ErrorRecord.Add(error);
        }

        container.Duration = watch.Elapsed;
        var broken = container.ErrorRecord.Count > 0 || container.FailedCount > 0
            || container.Root.AllBlocks.Any(block => block.ErrorRecord.Count > 0);
        container.Result = broken ? "Failed" : container.Root.ShouldRun ? "Passed" : "NotRun";
    }

    private void RunBlock(Block block, TestDrive? drive)
    {
        var watch = Stopwatch.StartNew();
        block.Executed = true;
        block.ExecutedAt = DateTime.Now;
        var works = block.AllTests.Any(test => test.ShouldRun && !test.Skip);
        var setUp = !works || Attempt(block, () => block.BeforeAll.ForEach(setup => _scopes.Run(setup, block.Data)));
        if (!block.IsRoot)
        {
            report.BlockStarted(block);
        }

        foreach (var node in block.Order.Where(node => node.ShouldRun))
        {
            if (!setUp)
            {
                Fail(node);
            }
            else if (node is Test test)
            {
                RunTest(test);
                report.TestEnded(test);
            }
            else
            {
                RunInner((Block)node, drive);
            }
        }

        if (works)
        {
            Attempt(block, () => block.AfterAll.ForEach(teardown => _scopes.Run(teardown, block.Data)));
        }

        block.Duration = watch.Elapsed;
        var failed = block.ErrorRecord.Count > 0 || block.AllTests.Any(test => test.Result == "Failed");
        block.Result = failed ? "Failed" : works ? "Passed" : "Skipped";
        if (block.ErrorRecord.Count > 0 && !block.IsRoot)
        {
            report.BlockFailed(block);
        }
    }

    private void RunInner(Block block, TestDrive? drive)
    {
        var before = drive?.Entries();
        _scopes.InNewScope(() =>
        {
            _scopes.Define(block);
            block.ExpandedName = _scopes.Expand(block.Name);
            RunBlock(block, drive);
        });
        if (before is not null)
        {
            drive!.RemoveExcept(before);
        }
    }

    private void RunTest(Test test)
    {
        var watch = Stopwatch.StartNew();
        test.ExecutedAt = DateTime.Now;
        test.Executed = true;
        if (test.Skip)
        {
            test.Result = "Skipped";
            _scopes.InNewScope(() => Name(test));
            return;
        }

        test.Result = "Passed";
        session.Test = test;
        _scopes.InNewScope(() =>
        {
            Name(test);
            var ancestors = new List<Block>();
            for (var block = test.Block; block is not null; block = block.Parent)
            {
                ancestors.Insert(0, block);
            }

            var ready = Attempt(test, () => ancestors.ForEach(
                block => block.BeforeEach.ForEach(setup => _scopes.Run(setup, test.Data))));
            if (ready)
            {
                Attempt(test, () => _scopes.Run(test.ScriptBlock!, test.Data));
            }

            ancestors.Reverse();
            Attempt(test, () => ancestors.ForEach(
                block => block.AfterEach.ForEach(teardown => _scopes.Run(teardown, test.Data))));
        });
        session.Test = null;
        test.Duration = watch.Elapsed;
        if (test.Result == "Failed")
        {
            session.SkipRemaining(test);
        }
    }

    private void Name(Test test)
    {
        _scopes.Define(test);
        test.ExpandedName = _scopes.Expand(test.Name);
    }

    /// <summary>Runs one step; its failure is noted on the node. Ctrl-C is no failure and goes on upwards.</summary>
    private static bool Attempt(Node node, Action step)
    {
        try
        {
            step();
            return true;
        }
        catch (Exception exception) when (exception is PipelineStoppedException or ExitException)
        {
            throw;
        }
        catch (RuntimeException exception) when (Ended(exception) is { } ended && node is Test test)
        {
            test.Result = ended.Result;
            test.Note = ended.Message;
            test.ErrorRecord.Add(Scopes.RecordOf(exception));
        }
        catch (RuntimeException exception)
        {
            node.Result = "Failed";
            node.ErrorRecord.Add(Scopes.RecordOf(exception));
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or StackOverflowException))
        {
            node.Result = "Failed";
            node.ErrorRecord.Add(new ErrorRecord(exception, "TestFailed", ErrorCategory.NotSpecified, null));
        }

        return false;
    }

    private static TestResultException? Ended(RuntimeException exception) =>
        exception.InnerException as TestResultException ?? exception.ErrorRecord.Exception as TestResultException;

    /// <summary>The tests below a setup that failed have failed, even those that would have been skipped.</summary>
    private static void Fail(Node node)
    {
        node.Result = node is Block { AllTests: var tests } && tests.All(test => test.Skip) ? "Skipped" : "Failed";
        foreach (var inner in (node as Block)?.Order.Where(inner => inner.ShouldRun) ?? [])
        {
            Fail(inner);
        }
    }
}

/// <summary>The temporary directory behind TestDrive: and $TestDrive.</summary>
internal sealed class TestDrive : IDisposable
{
    private const string Name = "TestDrive";
    private readonly SessionState _state;
    private readonly string _root;
    private readonly PSDriveInfo? _outer;

    internal TestDrive(SessionState state)
    {
        _state = state;
        _root = Directory.CreateTempSubdirectory("pester-").FullName;
        _outer = state.Drive.GetAll().FirstOrDefault(drive => drive.Name == Name);
        if (_outer is not null)
        {
            state.Drive.Remove(Name, force: true, "global");
        }

        Mount(_root);
    }

    public void Dispose()
    {
        _state.Drive.Remove(Name, force: true, "global");
        if (_outer is not null)
        {
            Mount(_outer.Root);
        }

        Directory.Delete(_root, recursive: true);
    }

    internal void Define() => _state.PSVariable.Set(Name, _root);

    internal HashSet<string> Entries() =>
        [.. Directory.EnumerateFileSystemEntries(_root, "*", SearchOption.AllDirectories)];

    /// <summary>Removes what a block made, so that its neighbours start as it did.</summary>
    internal void RemoveExcept(HashSet<string> kept)
    {
        foreach (var entry in Entries().Except(kept).OrderByDescending(entry => entry.Length))
        {
            if (Directory.Exists(entry))
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }
    }

    private void Mount(string root) => _state.Drive.New(
        new PSDriveInfo(Name, _state.Provider.GetOne("FileSystem"), root, "Files of the running tests", null), "global");
}
