using System.Management.Automation;
using RaftKv.Evaluation.Checking;

namespace RaftKv.Commands;

/// <summary>How a recorded history is written.</summary>
public enum RaftHistoryFormat
{
    /// <summary>Our own, in JSON lines.</summary>
    RaftKv,

    /// <summary>A log of one compare-and-set register as Jepsen writes it.</summary>
    JepsenRegister,

    /// <summary>One edn map a line, of a map from key to text.</summary>
    Keyed,
}

/// <summary>Tests whether a recorded history is linearizable.</summary>
/// <remarks>
/// <para>The answer is true when one copy of the data that does one thing after the other could have given the same answers. Operations of unknown outcome may have happened or not.</para>
/// <para>A file that is no history of its format is an error that tells what is wrong with its lines, and the next file is tested all the same.</para>
/// <para>A history that is too large to decide within the bound, or in which no operation was answered, is not a pass: the answer is false and a warning says so. -Detailed returns the verdict with the part of the history that shows a failure.</para>
/// </remarks>
/// <example>
/// <code>Test-RaftLinearizability history.jsonl</code>
/// Says true or false of a history that our own clients recorded.
/// </example>
/// <example>
/// <code>Test-RaftLinearizability -Path register.log -Format JepsenRegister -Detailed | Format-List</code>
/// Shows the verdict on a history of another tool, and why.
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "RaftLinearizability")]
[OutputType(typeof(bool), typeof(RaftLinearizability))]
public sealed class TestRaftLinearizabilityCommand : RaftCmdlet
{
    /// <summary>The history.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>How it is written.</summary>
    [Parameter]
    public RaftHistoryFormat Format { get; set; } = RaftHistoryFormat.RaftKv;

    /// <summary>How many states to look at for one key before the history counts as undecided. Each takes about 100 bytes.</summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long MaxStatesPerKey { get; set; } = 2_000_000;

    /// <summary>Returns the verdict with what led to it instead of true or false.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    private protected override bool IsForEach => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = ResolveOutputPath(Path);
        HistoryFormat format = Format switch
        {
            RaftHistoryFormat.JepsenRegister => HistoryFormat.JepsenRegister,
            RaftHistoryFormat.Keyed => HistoryFormat.Keyed,
            _ => HistoryFormat.RaftKv,
        };
        CheckLimits limits = new() { MaxStatesPerKey = MaxStatesPerKey };
        if (!TryRun(
            path,
            token => Task.Run(() => LinearizabilityChecker.CheckFile(path, format, limits, new MeasureProgress("Checking the history"), token), token),
            out CheckResult result))
        {
            return;
        }

        if (result.Verdict == Verdict.Undecided || result.ShowsNothing)
        {
            WriteWarning(result.ToString());
        }

        WriteObject(Detailed ? RaftLinearizability.From(result, path) : result.IsLinearizable);
    }
}
