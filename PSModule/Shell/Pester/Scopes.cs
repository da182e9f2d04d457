using System.Collections;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;

namespace RaftKv.Shell.Pester;

/// <summary>
/// Runs the test file's script blocks in nested scopes of the session that called Invoke-Pester: what a setup assigns is
/// seen by the tests below it, and nothing leaks to their neighbours.
/// </summary>
internal sealed partial class Scopes(PSCmdlet command)
{
    private static readonly ScriptBlock Nested = ScriptBlock.Create("$args[0].Invoke()");
    private static readonly ScriptBlock Splatted = ScriptBlock.Create("param($__block, $__data) . $__block @__data");

    internal void InNewScope(Action action)
    {
        // An exception that crossed the script would arrive wrapped in the story of the call.
        ExceptionDispatchInfo? thrown = null;
        var guarded = () =>
        {
            try
            {
                action();
            }
            catch (Exception exception) when (exception is not PipelineStoppedException)
            {
                thrown = ExceptionDispatchInfo.Capture(exception);
            }
        };
        command.InvokeCommand.InvokeScript(true, Nested, null, guarded);
        thrown?.Throw();
    }

    /// <summary>Runs a block in the current scope, giving it those data that its param() asks for.</summary>
    internal void Run(ScriptBlock block, object? data)
    {
        var table = Bare(data) as IDictionary;
        var parameters = (block.Ast as System.Management.Automation.Language.ScriptBlockAst)?.ParamBlock?.Parameters;
        if (table is null || parameters is null)
        {
            command.InvokeCommand.InvokeScript(false, block, null, []);
            return;
        }

        var wanted = new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (var name in parameters.Select(parameter => parameter.Name.VariablePath.UserPath))
        {
            var key = table.Keys.Cast<object>()
                .FirstOrDefault(key => string.Equals(key.ToString(), name, StringComparison.OrdinalIgnoreCase));
            if (key is not null)
            {
                wanted[name] = table[key];
            }
        }

        command.InvokeCommand.InvokeScript(false, Splatted, null, block, wanted);
    }

    internal void Define(Node node)
    {
        if (!node.HasData)
        {
            return;
        }

        command.SessionState.PSVariable.Set("_", node.Data);
        if (Bare(node.Data) is IDictionary table)
        {
            Define(table);
        }
    }

    internal void Define(IDictionary variables)
    {
        foreach (DictionaryEntry entry in variables)
        {
            command.SessionState.PSVariable.Set(entry.Key.ToString(), entry.Value);
        }
    }

    /// <summary>Puts values into the &lt;name&gt; places of a test's name; a backtick keeps a place as it is.</summary>
    internal string Expand(string name)
    {
        if (!name.Contains('<', StringComparison.Ordinal))
        {
            return name;
        }

        var text = name.Replace("$", "`$", StringComparison.Ordinal).Replace("\"", "`\"", StringComparison.Ordinal);
        try
        {
            var expression = ScriptBlock.Create('"' + Place().Replace(text, "$$($$$1)") + '"');
            return string.Concat(command.InvokeCommand.InvokeScript(false, expression, null, []));
        }
        catch (RuntimeException)
        {
            return name;
        }
    }

    /// <summary>The record that a script's catch would see, with the real exception in it.</summary>
    internal static ErrorRecord RecordOf(RuntimeException exception) =>
        exception.ErrorRecord.Exception is ParentContainsErrorRecordException
            ? new ErrorRecord(exception.ErrorRecord, exception)
            : exception.ErrorRecord;

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    [GeneratedRegex("(?<!`)<([^>^`]+)>")]
    private static partial Regex Place();
}
