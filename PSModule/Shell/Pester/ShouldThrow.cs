using System.Management.Automation;

namespace RaftKv.Shell.Pester;

/// <summary>Should -Throw: runs a script block and looks at what it threw.</summary>
internal static class ShouldThrow
{
    internal static Outcome Evaluate(Check check)
    {
        if (ShouldOperators.Bare(check.Actual) is not ScriptBlock block)
        {
            throw new PSArgumentException("Input is missing or not a ScriptBlock. Input to '-Throw' and '-Not -Throw' must be enclosed in curly braces.");
        }

        var error = Catch(check.Command, block);
        return check.Negated ? Negated(check, error) : Wanted(check, error);
    }

    private static ErrorRecord? Catch(PSCmdlet command, ScriptBlock block)
    {
        try
        {
            command.InvokeCommand.InvokeScript(true, block, null, []);
            return null;
        }
        catch (PipelineStoppedException)
        {
            throw;
        }
        catch (RuntimeException exception)
        {
            return Scopes.RecordOf(exception);
        }
    }

    private static Outcome Negated(Check check, ErrorRecord? error)
    {
        if (error is null)
        {
            return default;
        }

        foreach (var name in new[] { "ExpectedMessage", "ErrorId", "ExceptionType" })
        {
            if (check.Argument(name) is { } given && given.ToString() is { Length: > 0 })
            {
                throw new PSArgumentException($"The parameter {name} cannot be used with -Not -Throw.");
            }
        }

        return new Outcome(
            $"Expected no exception to be thrown,{check.Because} but an exception \"{error.Exception.Message}\" was thrown {Place(error)}.");
    }

    private static Outcome Wanted(Check check, ErrorRecord? error)
    {
        var message = check.Text("ExpectedMessage");
        var id = check.Text("ErrorId");
        var type = check.Argument("ExceptionType") as Type;
        var wanted = new List<string>();
        var found = new List<string>();
        if (type is not null)
        {
            wanted.Add($"type {ValueText.TypeName(type)}");
            if (error is not null && !type.IsInstanceOfType(error.Exception))
            {
                found.Add($"the exception type was {ValueText.TypeName(error.Exception.GetType())}");
            }
        }

        if (!string.IsNullOrEmpty(message))
        {
            wanted.Add($"message like '{message}'");
            if (error is not null && !Like(error.Exception.Message, message))
            {
                found.Add($"the message was '{error.Exception.Message}'");
            }
        }

        if (!string.IsNullOrEmpty(id))
        {
            wanted.Add($"FullyQualifiedErrorId '{id}'");
            if (error is not null && !Like(error.FullyQualifiedErrorId, id))
            {
                found.Add($"the FullyQualifiedErrorId was '{error.FullyQualifiedErrorId}'");
            }
        }

        var kind = wanted.Count == 0 ? "an exception" : "an exception with " + Listed(wanted);
        if (error is null)
        {
            return new Outcome($"Expected {kind} to be thrown,{check.Because} but no exception was thrown.");
        }

        if (found.Count > 0)
        {
            return new Outcome($"Expected {kind} to be thrown,{check.Because} but {Listed(found)}. {Place(error)}");
        }

        return new Outcome(null, LanguagePrimitives.IsTrue(check.Argument("PassThru")) ? error : null);
    }

    private static string Listed(List<string> parts) => parts.Count < 2
        ? string.Concat(parts)
        : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";

    private static bool Like(string text, string pattern) =>
        WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(text);

    private static string Place(ErrorRecord error)
    {
        var position = error.InvocationInfo?.PositionMessage ?? string.Empty;
        return "from " + position.ReplaceLineEndings("\n    ").Replace("At ", string.Empty, StringComparison.Ordinal);
    }
}
