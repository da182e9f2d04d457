using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using System.Text;

namespace RaftKv.Shell.Host;

/// <summary>
/// Writes what the engine shows. Every text passes <see cref="PSHostUserInterface.GetOutputString(string, bool)"/>, which
/// takes the colour codes out where the reader is not a terminal or does not want them.
/// </summary>
internal sealed class ShellUserInterface : PSHostUserInterface
{
    private readonly Lock _gate = new();
    private readonly bool _interactive;
    private int _progressLength;

    internal ShellUserInterface(bool interactive, bool colours)
    {
        _interactive = interactive;
        Colours = colours;
    }

    public override PSHostRawUserInterface RawUI { get; } = new ShellRawInterface();

    public override bool SupportsVirtualTerminal => Colours;

    internal bool Colours { get; }

    internal static bool TerminalWantsColours() =>
        !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    public override void Write(string value) => Emit(Console.Out, value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Emit(Console.Out, Coloured(foregroundColor, value));

    public override void WriteLine(string value) => Emit(Console.Out, value + Environment.NewLine);

    public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Emit(Console.Out, Coloured(foregroundColor, value) + Environment.NewLine);

    public override void WriteErrorLine(string value)
    {
        // The empty line that ends a formatted group is no part of the error.
        if (!string.IsNullOrEmpty(value))
        {
            Emit(Console.Error, Styled(PSStyle.Instance.Formatting.Error, value) + Environment.NewLine);
        }
    }

    public override void WriteDebugLine(string message) =>
        Emit(Console.Out, Styled(PSStyle.Instance.Formatting.Debug, "DEBUG: " + message) + Environment.NewLine);

    public override void WriteVerboseLine(string message) =>
        Emit(Console.Out, Styled(PSStyle.Instance.Formatting.Verbose, "VERBOSE: " + message) + Environment.NewLine);

    public override void WriteWarningLine(string message) =>
        Emit(Console.Out, Styled(PSStyle.Instance.Formatting.Warning, "WARNING: " + message) + Environment.NewLine);

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        if (Console.IsOutputRedirected)
        {
            return;
        }

        lock (_gate)
        {
            EraseProgress();
            if (record.RecordType == ProgressRecordType.Completed)
            {
                return;
            }

            var percent = record.PercentComplete >= 0 ? $" {record.PercentComplete}%" : string.Empty;
            var left = record.SecondsRemaining >= 0 ? $" {record.SecondsRemaining} s left" : string.Empty;
            var text = $"{record.Activity}: {record.StatusDescription}{percent}{left} {record.CurrentOperation}".TrimEnd();
            text = text.ReplaceLineEndings(" ");
            text = text[..Math.Min(text.Length, Math.Max(RawUI.WindowSize.Width - 1, 1))];
            Console.Out.Write(text);
            _progressLength = text.Length;
        }
    }

    public override string ReadLine()
    {
        RequireUser("a line of input");
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            return Console.In.ReadLine() ?? string.Empty;
        }

        var line = new StringBuilder();
        ReadKeys(
            character =>
            {
                line.Append(character);
                Console.Out.Write(character);
            },
            () =>
            {
                if (line.Length > 0)
                {
                    line.Length--;
                    Console.Out.Write("\b \b");
                }
            });
        return line.ToString();
    }

    public override SecureString ReadLineAsSecureString()
    {
        RequireUser("a secret");
        var secret = new SecureString();
        if (Console.IsInputRedirected)
        {
            (Console.In.ReadLine() ?? string.Empty).ToList().ForEach(secret.AppendChar);
            return secret;
        }

        ReadKeys(
            secret.AppendChar,
            () =>
            {
                if (secret.Length > 0)
                {
                    secret.RemoveAt(secret.Length - 1);
                }
            });
        return secret;
    }

    public override Dictionary<string, PSObject> Prompt(
        string caption, string message, Collection<FieldDescription> descriptions)
    {
        RequireUser("values for: " + string.Join(' ', descriptions.Select(field => field.Name)));
        WriteHeading(caption, message);
        var answers = new Dictionary<string, PSObject>();
        foreach (var field in descriptions)
        {
            Write(field.Name + ": ");
            answers[field.Name] = PSObject.AsPSObject(ReadLine());
        }

        return answers;
    }

    public override int PromptForChoice(
        string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        RequireUser("a choice");
        WriteHeading(caption, message);
        var hotkeys = choices.Select(choice => Hotkey(choice.Label)).ToList();
        var offered = choices.Select((choice, i) => $"[{hotkeys[i]}] {choice.Label.Replace("&", string.Empty)}");
        while (true)
        {
            var preset = defaultChoice >= 0 ? $" (default is \"{hotkeys[defaultChoice]}\")" : string.Empty;
            Write(string.Join("  ", offered) + preset + ": ");
            var answer = Console.In.ReadLine();
            if (answer is null && defaultChoice < 0)
            {
                throw new PSInvalidOperationException("The input ended before a choice was made.");
            }

            if (string.IsNullOrEmpty(answer) && defaultChoice >= 0)
            {
                return defaultChoice;
            }

            var chosen = hotkeys.FindIndex(key => string.Equals(key, answer, StringComparison.OrdinalIgnoreCase));
            if (chosen >= 0)
            {
                return chosen;
            }
        }
    }

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName) =>
        PromptForCredential(caption, message, userName, targetName, default, default);

    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options)
    {
        RequireUser("a credential");
        WriteHeading(caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            Write("User: ");
            userName = ReadLine();
        }

        Write($"Password for user {userName}: ");
        return new PSCredential(userName, ReadLineAsSecureString());
    }

    /// <summary>Takes keys until Enter. Ctrl-C ends the command that asks at once, which a blocking read would not notice.</summary>
    private static void ReadKeys(Action<char> add, Action remove)
    {
        var treatControlC = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true;
        try
        {
            for (var key = Console.ReadKey(true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(true))
            {
                if (key.Key == ConsoleKey.C && key.Modifiers.HasFlag(ConsoleModifiers.Control))
                {
                    Console.Out.WriteLine("^C");
                    throw new PipelineStoppedException();
                }

                if (key.Key == ConsoleKey.Backspace)
                {
                    remove();
                }
                else if (!char.IsControl(key.KeyChar))
                {
                    add(key.KeyChar);
                }
            }

            Console.Out.WriteLine();
        }
        finally
        {
            Console.TreatControlCAsInput = treatControlC;
        }
    }

    private static string Hotkey(string label)
    {
        var mark = label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < label.Length ? label.Substring(mark + 1, 1).ToUpperInvariant() : label;
    }

    private static string Coloured(ConsoleColor colour, string value) =>
        PSStyle.MapForegroundColorToEscapeSequence(colour) + value + PSStyle.Instance.Reset;

    private static string Styled(string style, string value) =>
        value.Contains('\x1b', StringComparison.Ordinal) ? value : style + value + PSStyle.Instance.Reset;

    private void WriteHeading(string caption, string message)
    {
        foreach (var text in new[] { caption, message })
        {
            if (!string.IsNullOrEmpty(text))
            {
                WriteLine(text);
            }
        }
    }

    private void RequireUser(string what)
    {
        if (!_interactive)
        {
            throw new PSInvalidOperationException(
                $"The shell runs non-interactively and cannot ask for {what}. Pass it as a parameter.");
        }
    }

    private void Emit(TextWriter writer, string value)
    {
        lock (_gate)
        {
            EraseProgress();
            writer.Write(GetOutputString(value, Colours));
        }
    }

    private void EraseProgress()
    {
        if (_progressLength > 0)
        {
            Console.Out.Write('\r' + new string(' ', _progressLength) + '\r');
            _progressLength = 0;
        }
    }
}
