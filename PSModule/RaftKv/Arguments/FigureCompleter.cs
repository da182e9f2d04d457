using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using RaftKv.Evaluation.Figures;
using RaftKv.Evaluation.Results;

namespace RaftKv;

/// <summary>
/// Completes metrics and columns of the table that the rest of the command line names; without one, the columns of
/// result CSVs.
/// </summary>
public sealed class FigureCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        (IReadOnlyList<string> metrics, IReadOnlyList<string> columns) = Choices(fakeBoundParameters?["Path"]?.ToString());
        return Completion.Of((parameterName == "Metric" ? metrics : columns).Select(name => (name, name)), wordToComplete);
    }

    private static (IReadOnlyList<string> Metrics, IReadOnlyList<string> Columns) Choices(string? path)
    {
        try
        {
            if (!string.IsNullOrEmpty(path))
            {
                return Figure.ChoicesOf(Path.GetFullPath(path, Here()));
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            // Completion has no place for an error: it offers what every result CSV has.
        }

        return ([], ResultSchema.ColumnNames);
    }

    /// <summary>Where the prompt stands, which is not where the process does.</summary>
    private static string Here()
    {
        using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return shell.AddCommand("Get-Location").AddParameter("PSProvider", "FileSystem").Invoke().FirstOrDefault()?.ToString() ?? Environment.CurrentDirectory;
    }
}
