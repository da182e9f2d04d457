using System.Management.Automation.Runspaces;

namespace RaftKv.Shell.Host;

/// <summary>
/// Turns the words after a script's name into parameters as <c>pwsh -File</c> does: a word with a dash names a parameter,
/// everything else is a string, and only <c>-Switch:$true</c> and <c>-Switch:$false</c> are read as values.
/// </summary>
internal static class ScriptArguments
{
    internal static void AddTo(Command command, IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (word.Length < 2 || word[0] != '-' || !(char.IsLetter(word[1]) || word[1] == '_'))
            {
                command.Parameters.Add(null, word);
                continue;
            }

            var colon = word.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                command.Parameters.Add(new CommandParameter(word));
            }
            else if (colon == word.Length - 1 && i + 1 < words.Count)
            {
                command.Parameters.Add(word[..colon], Value(words[++i]));
            }
            else
            {
                command.Parameters.Add(word[..colon], Value(word[(colon + 1)..]));
            }
        }
    }

    private static object Value(string text) => text.ToUpperInvariant() switch
    {
        "$TRUE" => true,
        "$FALSE" => false,
        _ => text,
    };
}
