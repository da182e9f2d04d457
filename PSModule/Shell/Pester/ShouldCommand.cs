using System.Collections;
using System.Management.Automation;

namespace RaftKv.Shell.Pester;

/// <summary>
/// Should: checks a value. Each operator is a parameter set of its own, so an operator or parameter that is not known
/// fails while it is bound.
/// </summary>
[Cmdlet(VerbsLifecycle.Assert, "Should", DefaultParameterSetName = "None")]
[Alias("Should")]
public sealed class ShouldCommand : PSCmdlet, IDynamicParameters
{
    private static readonly ScriptBlock Throw = ScriptBlock.Create("throw $args[0]");
    private readonly List<object?> _piped = [];
    private readonly RuntimeDefinedParameterDictionary _operators = ShouldOperators.Parameters();

    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? ActualValue { get; set; }

    public object GetDynamicParameters() => _operators;

    protected override void ProcessRecord()
    {
        if (MyInvocation.ExpectingInput)
        {
            _piped.Add(ActualValue);
        }
    }

    protected override void EndProcessing()
    {
        var actual = !MyInvocation.ExpectingInput ? ActualValue
            : _piped.Count == 1 ? _piped[0]
            : _piped.Count == 0 ? null
            : _piped.ToArray();
        var check = new Check(this, actual, MyInvocation.ExpectingInput && _piped.Count == 0, Bound(), ParameterSetName);
        var outcome = ShouldOperators.Evaluate(check);
        if (outcome.Failure is not { } failure)
        {
            if (outcome.Output is not null)
            {
                WriteObject(outcome.Output);
            }

            return;
        }

        var place = new Hashtable
        {
            ["Message"] = failure,
            ["File"] = MyInvocation.ScriptName,
            ["Line"] = MyInvocation.ScriptLineNumber,
            ["LineText"] = MyInvocation.Line.TrimEnd(),
        };
        var record = new ErrorRecord(
            new AssertionFailedException(failure), "PesterAssertionFailed", ErrorCategory.InvalidResult, place);
        if (Session.Current is { Test: { } test } session && Continues(session))
        {
            test.Result = "Failed";
            test.ErrorRecord.Add(record);
            return;
        }

        // Only a throw statement leaves the error id as it is; ThrowTerminatingError appends the name of this class.
        InvokeCommand.InvokeScript(false, Throw, null, record);
    }

    private bool Continues(Session session)
    {
        var action = MyInvocation.BoundParameters.TryGetValue("ErrorAction", out var given)
            ? given.ToString()
            : session.Configuration.Should.ErrorAction.Value;
        return string.Equals(action, "Continue", StringComparison.OrdinalIgnoreCase);
    }

    private Dictionary<string, object?> Bound()
    {
        var bound = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in MyInvocation.BoundParameters)
        {
            bound[name] = value;
        }

        return bound;
    }
}

/// <summary>An assertion that did not hold.</summary>
public sealed class AssertionFailedException : Exception
{
    public AssertionFailedException()
    {
    }

    public AssertionFailedException(string message)
        : base(message)
    {
    }

    public AssertionFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>One assertion: the value, what was asked of it, and the words for its message.</summary>
internal sealed record Check(
    PSCmdlet Command, object? Actual, bool PipedNothing, Dictionary<string, object?> Bound, string Operator)
{
    internal object? Expected => Argument("ExpectedValue");

    internal bool Negated => Bound.TryGetValue("Not", out var not) && LanguagePrimitives.IsTrue(not);

    internal string Because =>
        Argument("Because") is { } reason && reason.ToString() is { Length: > 0 } text
            ? $" because {(text.StartsWith("because ", StringComparison.OrdinalIgnoreCase) ? text[8..] : text)},"
            : string.Empty;

    internal object? Argument(string name) =>
        Bound.GetValueOrDefault(name) is PSObject { BaseObject: not PSCustomObject } wrapped
            ? wrapped.BaseObject
            : Bound.GetValueOrDefault(name);

    internal string? Text(string name) => Argument(name) is { } value ? LanguagePrimitives.ConvertTo<string>(value) : null;
}

/// <summary>What came of an assertion.</summary>
internal readonly record struct Outcome(string? Failure, object? Output = null);
