using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace RaftKv.Shell.Host;

/// <summary>Reads commands until the input ends or <c>exit</c> is called; one command's failure never ends it.</summary>
internal sealed class InteractivePrompt(ShellProgram program, ShellHost host, Runspace runspace, ShellOptions options)
{
    // Commands from the standard input, by -Command -, are run one by one too, but without a prompt.
    private readonly bool _shows = options.CommandText != "-";

    /// <summary>Whether the last command did what it should, as $? says.</summary>
    internal bool Succeeded => runspace.SessionStateProxy.GetVariable("?") is not false;

    internal int Loop()
    {
        if (_shows && !options.NoLogo && !Console.IsInputRedirected)
        {
            host.UI.WriteLine("raftkv-shell: an embedded PowerShell. `exit` leaves, Tab completes.");
        }

        var editor = new LineEditor(runspace);
        while (host.ExitCode is null)
        {
            var line = ReadCommand(editor);
            if (line is null)
            {
                break;
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                var command = new Command(line, isScript: true, useLocalScope: false);
                program.Invoke(command, typed: true);
            }
        }

        return host.ExitCode ?? 0;
    }

    private string? ReadCommand(LineEditor editor)
    {
        var text = ReadLine(editor, _shows ? PromptText() : string.Empty);
        while (text is not null && IsIncomplete(text))
        {
            var next = ReadLine(editor, ">> ");
            if (editor.Cancelled)
            {
                return string.Empty;
            }

            // An empty line may belong to a here-string; where nobody can press Ctrl-C, it ends the command.
            if (next is null || (next.Length == 0 && Console.IsInputRedirected))
            {
                break;
            }

            text += Environment.NewLine + next;
        }

        return text;
    }

    private string? ReadLine(LineEditor editor, string prompt)
    {
        if (_shows && !Console.IsInputRedirected && !Console.IsOutputRedirected)
        {
            return editor.ReadLine(prompt);
        }

        if (_shows)
        {
            host.UI.Write(prompt);
        }

        return Console.In.ReadLine();
    }

    private static bool IsIncomplete(string text)
    {
        System.Management.Automation.Language.Parser.ParseInput(text, out _, out var errors);
        return errors.Any(error => error.IncompleteInput);
    }

    private string PromptText()
    {
        try
        {
            using var shell = PowerShell.Create(runspace);
            var shown = shell.AddCommand("prompt").Invoke();
            return string.Concat(shown.Select(part => part?.ToString()));
        }
        catch (RuntimeException)
        {
            return "PS> ";
        }
    }
}
