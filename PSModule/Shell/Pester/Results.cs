using System.Collections;
using System.Management.Automation;

namespace RaftKv.Shell.Pester;

/// <summary>One file or script block of tests, with the data it is run with.</summary>
public sealed class Container(object item, IDictionary? data)
{
    public string Type => item is ScriptBlock ? "ScriptBlock" : "File";

    public string Name => item is ScriptBlock block ? $"<ScriptBlock>:{block.File}:{block.StartPosition.StartLine}" : (string)item;

    /// <summary>The path or the script block.</summary>
    public object Item => item;

    public IDictionary Data { get; } = data ?? new Hashtable();

    public IEnumerable<Block> Blocks => Root.Blocks;

    public string Result { get; internal set; } = "NotRun";

    public IList<ErrorRecord> ErrorRecord { get; } = [];

    public TimeSpan Duration { get; internal set; }

    public bool Passed => Result == "Passed";

    public int PassedCount => Count("Passed");

    public int FailedCount => Count("Failed");

    public int SkippedCount => Count("Skipped");

    public int InconclusiveCount => Count("Inconclusive");

    public int NotRunCount => Count("NotRun");

    public int TotalCount => Root.AllTests.Count();

    internal Block Root { get; } = new("Root", null, null);

    public override string ToString() => $"{Mark.Of(Result)} {Name}";

    private int Count(string result) => Root.AllTests.Count(test => test.Result == result);
}

/// <summary>What blocks and tests share.</summary>
public abstract class Node(string name, Block? parent, ScriptBlock? scriptBlock)
{
    public string Name { get; } = name;

    public string ExpandedName { get; internal set; } = name;

    public string[] Path => parent is null ? [] : [.. parent.Path, Name];

    public string ExpandedPath => parent is null ? string.Empty
        : parent.ExpandedPath.Length == 0 ? ExpandedName : $"{parent.ExpandedPath}.{ExpandedName}";

    public object? Data { get; internal set; }

    public string[] Tag { get; internal set; } = [];

    public bool Skip { get; internal set; }

    public bool Executed { get; internal set; }

    public string Result { get; internal set; } = "NotRun";

    public IList<ErrorRecord> ErrorRecord { get; } = [];

    public TimeSpan Duration { get; internal set; }

    public DateTime ExecutedAt { get; internal set; }

    public ScriptBlock? ScriptBlock { get; } = scriptBlock;

    public int StartLine { get; internal set; }

    public bool ShouldRun { get; internal set; }

    /// <summary>Whether it ran without a failure; as in Pester, a skipped test did.</summary>
    public bool Passed => Executed && Result != "Failed";

    internal bool HasData { get; set; }

    /// <summary>Shared by the nodes that one -ForEach made: its place in the file; null for a node without data.</summary>
    internal string? Group { get; init; }

    public override string ToString() => $"{Mark.Of(Result)} {ExpandedName}";
}

/// <summary>One test.</summary>
public sealed class Test(string name, Block parent, ScriptBlock? body) : Node(name, parent, body)
{
    public string ItemType { get; } = "Test";

    public Block Block { get; } = parent;

    public bool Skipped => Result == "Skipped";

    public bool Inconclusive => Result == "Inconclusive";

    internal string? Note { get; set; }
}

/// <summary>A Describe or Context with its setups, tests and inner blocks.</summary>
public sealed class Block(string name, Block? parent, ScriptBlock? body) : Node(name, parent, body)
{
    public string ItemType { get; } = "Block";

    public Block? Parent { get; } = parent;

    public bool IsRoot => Parent is null;

    public IList<Block> Blocks { get; } = [];

    public IList<Test> Tests { get; } = [];

    /// <summary>Tests and blocks in the order in which they were written, which is the order in which they run.</summary>
    public IList<Node> Order { get; } = [];

    internal string Keyword { get; init; } = "Describe";

    internal List<ScriptBlock> BeforeAll { get; } = [];

    internal List<ScriptBlock> BeforeEach { get; } = [];

    internal List<ScriptBlock> AfterEach { get; } = [];

    internal List<ScriptBlock> AfterAll { get; } = [];

    internal IEnumerable<Test> AllTests => Tests.Concat(Blocks.SelectMany(block => block.AllTests));

    internal IEnumerable<Block> AllBlocks => Blocks.SelectMany(block => block.AllBlocks.Prepend(block));
}

/// <summary>The outcome of one Invoke-Pester.</summary>
public sealed class Run
{
    public IList<Container> Containers { get; } = [];

    public string Result => FailedCount + FailedBlocksCount + FailedContainersCount > 0 ? "Failed" : "Passed";

    public int FailedCount => Failed.Count();

    public int FailedBlocksCount => FailedBlocks.Count();

    public int FailedContainersCount => FailedContainers.Count();

    public int PassedCount => Passed.Count();

    public int SkippedCount => Skipped.Count();

    public int InconclusiveCount => Inconclusive.Count();

    public int NotRunCount => NotRun.Count();

    public int TotalCount => Tests.Count();

    public TimeSpan Duration { get; internal set; }

    public TimeSpan DiscoveryDuration { get; internal set; }

    public bool Executed { get; } = true;

    public DateTime ExecutedAt { get; internal set; }

    public string Version { get; } = "5.9.0";

    public string PSVersion { get; internal set; } = string.Empty;

    public PesterConfiguration? Configuration { get; internal set; }

    public IEnumerable<Test> Tests => Containers.SelectMany(container => container.Root.AllTests).ToList();

    public IEnumerable<Test> Failed => With("Failed");

    public IEnumerable<Test> Passed => With("Passed");

    public IEnumerable<Test> Skipped => With("Skipped");

    public IEnumerable<Test> Inconclusive => With("Inconclusive");

    public IEnumerable<Test> NotRun => With("NotRun");

    public IEnumerable<Block> FailedBlocks =>
        [.. Containers.SelectMany(container => container.Root.AllBlocks).Where(block => block.ErrorRecord.Count > 0)];

    public IEnumerable<Container> FailedContainers =>
        [.. Containers.Where(container => container.ErrorRecord.Count > 0)];

    private List<Test> With(string result) => [.. Tests.Where(test => test.Result == result)];
}

/// <summary>The signs that stand for results.</summary>
internal static class Mark
{
    internal static string Of(string result) => result switch
    {
        "Passed" => "[+]",
        "Failed" => "[-]",
        "Skipped" => "[!]",
        "Inconclusive" => "[?]",
        _ => "[ ]",
    };
}
