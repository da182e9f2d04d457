using System.Buffers;
using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using RaftKv.Base;

namespace RaftKv;

/// <summary>What all completers share: which cluster is meant, matching and quoting.</summary>
internal static class Completion
{
    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create(" \t'\"`$(){};,|&<>@#[]");

    /// <summary>The cluster that the rest of the command line chose, or the current one.</summary>
    public static RaftCluster? ClusterOf(IDictionary fakeBoundParameters)
    {
        object? argument = fakeBoundParameters?["Cluster"];
        return (argument is PSObject wrapped ? wrapped.BaseObject : argument) switch
        {
            RaftCluster cluster => cluster,
            RaftClusterReference reference => reference.Cluster ?? SessionTable.Find(reference.Name),
            string name => SessionTable.Find(name),
            _ => SessionTable.Here.Current,
        };
    }

    /// <summary>The word as typed, without quotes around it.</summary>
    public static string Unquote(string? word) => (word ?? "").Trim('\'', '"');

    /// <summary>Those that begin with the word, quoted where PowerShell needs it.</summary>
    public static IEnumerable<CompletionResult> Of(
        IEnumerable<(string Text, string ToolTip)> choices, string? word, StringComparison comparison = StringComparison.OrdinalIgnoreCase)
    {
        string typed = Unquote(word);
        return choices
            .Where(choice => choice.Text.StartsWith(typed, comparison))
            .Select(choice => new CompletionResult(Quote(choice.Text), RaftText.Visible(choice.Text), CompletionResultType.ParameterValue, RaftText.Visible(choice.ToolTip)));
    }

    /// <summary>What a terminal would act on is typed with escapes, between double quotes.</summary>
    private static string Quote(string text)
    {
        if (RaftText.IsUnsafe(text))
        {
            string literal = text
                .Replace("`", "``", StringComparison.Ordinal)
                .Replace("$", "`$", StringComparison.Ordinal)
                .Replace("\"", "`\"", StringComparison.Ordinal);
            return $"\"{RaftText.Visible(literal)}\"";
        }

        return text.AsSpan().ContainsAny(NeedsQuotes) ? $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'" : text;
    }
}
