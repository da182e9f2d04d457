using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text;

namespace RaftKv.Shell.Host;

/// <summary>A small line editor for terminals: cursor and word keys, history, and tab completion asked from the engine.</summary>
internal sealed class LineEditor(Runspace runspace)
{
    private readonly List<string> _history = [];
    private readonly StringBuilder _text = new();
    private string _prompt = string.Empty;
    private int _cursor;
    private int _recalled;
    private int _drawnRows;
    private CommandCompletion? _completion;
    private string? _sought;

    /// <summary>Whether the last line was given up with Ctrl-C.</summary>
    internal bool Cancelled { get; private set; }

    /// <summary>Returns the edited line, or null at the end of input (Ctrl-D on an empty line).</summary>
    internal string? ReadLine(string prompt)
    {
        _prompt = prompt;
        _text.Clear();
        _cursor = 0;
        _recalled = _history.Count;
        _drawnRows = 0;
        Cancelled = false;
        var treatControlC = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true;
        try
        {
            Draw();
            while (true)
            {
                var key = Console.ReadKey(intercept: true);
                if (key.Key != ConsoleKey.Tab)
                {
                    _completion = null;
                }

                if (!Control(key, ConsoleKey.R))
                {
                    _sought = null;
                }

                if (key.Key == ConsoleKey.Enter)
                {
                    return Accept();
                }

                if (Control(key, ConsoleKey.D) && _text.Length == 0)
                {
                    Console.Out.WriteLine();
                    return null;
                }

                if (Control(key, ConsoleKey.C))
                {
                    Console.Out.WriteLine("^C");
                    Cancelled = true;
                    return string.Empty;
                }

                Edit(key);
                Draw();
            }
        }
        finally
        {
            Console.TreatControlCAsInput = treatControlC;
        }
    }

    private static bool Control(ConsoleKeyInfo key, ConsoleKey letter) =>
        key.Key == letter && key.Modifiers.HasFlag(ConsoleModifiers.Control);

    private string Accept()
    {
        _cursor = _text.Length;
        Draw();
        Console.Out.WriteLine();
        var line = _text.ToString();
        if (line.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != line))
        {
            _history.Add(line);
        }

        return line;
    }

    private void Edit(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow when Control(key, ConsoleKey.LeftArrow):
                _cursor = WordStart();
                break;
            case ConsoleKey.RightArrow when Control(key, ConsoleKey.RightArrow):
                _cursor = WordEnd();
                break;
            case ConsoleKey.LeftArrow:
                _cursor = Math.Max(_cursor - 1, 0);
                break;
            case ConsoleKey.RightArrow:
                _cursor = Math.Min(_cursor + 1, _text.Length);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when Control(key, ConsoleKey.A):
                _cursor = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when Control(key, ConsoleKey.E):
                _cursor = _text.Length;
                break;
            case ConsoleKey.Backspace when _cursor > 0:
                _text.Remove(--_cursor, 1);
                break;
            case ConsoleKey.Delete when _cursor < _text.Length:
                _text.Remove(_cursor, 1);
                break;
            case ConsoleKey.L when Control(key, ConsoleKey.L):
                Console.Out.Write("\x1b[2J\x1b[H");
                _drawnRows = 0;
                break;
            case ConsoleKey.Escape:
                Replace(string.Empty);
                break;
            case ConsoleKey.UpArrow:
                Recall(_recalled - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(_recalled + 1);
                break;
            case ConsoleKey.Tab:
                Complete(forward: !key.Modifiers.HasFlag(ConsoleModifiers.Shift));
                break;
            default:
                EditByLetter(key);
                break;
        }
    }

    private void EditByLetter(ConsoleKeyInfo key)
    {
        if (!char.IsControl(key.KeyChar))
        {
            _text.Insert(_cursor++, key.KeyChar);
        }
        else if (Control(key, ConsoleKey.L))
        {
            Console.Out.Write("\x1b[2J\x1b[H");
            _drawnRows = 0;
        }
        else if (Control(key, ConsoleKey.R))
        {
            Search();
        }
        else if (Control(key, ConsoleKey.K))
        {
            _text.Length = _cursor;
        }
        else if (Control(key, ConsoleKey.U) || Control(key, ConsoleKey.W))
        {
            var start = key.Key == ConsoleKey.U ? 0 : WordStart();
            _text.Remove(start, _cursor - start);
            _cursor = start;
        }
    }

    private int WordStart()
    {
        var at = _cursor;
        while (at > 0 && !char.IsLetterOrDigit(_text[at - 1]))
        {
            at--;
        }

        while (at > 0 && char.IsLetterOrDigit(_text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private int WordEnd()
    {
        var at = _cursor;
        while (at < _text.Length && char.IsLetterOrDigit(_text[at]))
        {
            at++;
        }

        while (at < _text.Length && !char.IsLetterOrDigit(_text[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>Goes to the last earlier line that contains what was typed; pressed again, to the one before.</summary>
    private void Search()
    {
        _sought ??= _text.ToString();
        var found = _recalled > 0 ? _history.FindLastIndex(_recalled - 1, line => line.Contains(_sought, StringComparison.OrdinalIgnoreCase)) : -1;
        if (found >= 0)
        {
            Recall(found);
        }
    }

    private void Recall(int index)
    {
        _recalled = Math.Clamp(index, 0, _history.Count);
        Replace(_recalled < _history.Count ? _history[_recalled] : string.Empty);
    }

    private void Replace(string line)
    {
        _text.Clear().Append(line);
        _cursor = line.Length;
    }

    private void Complete(bool forward)
    {
        if (_completion is null)
        {
            using var shell = PowerShell.Create(runspace);
            _completion = CommandCompletion.CompleteInput(_text.ToString(), _cursor, null, shell);
        }

        if (_completion.GetNextResult(forward) is not { } result)
        {
            return;
        }

        _text.Remove(_completion.ReplacementIndex, _completion.ReplacementLength);
        _text.Insert(_completion.ReplacementIndex, result.CompletionText);
        _completion.ReplacementLength = result.CompletionText.Length;
        _cursor = _completion.ReplacementIndex + result.CompletionText.Length;
    }

    private void Draw()
    {
        var width = Math.Max(Console.WindowWidth, 1);
        var output = new StringBuilder();
        if (_drawnRows > 0)
        {
            output.Append($"\x1b[{_drawnRows}A");
        }

        output.Append("\r\x1b[J").Append(_prompt).Append(_text);
        var end = _prompt.Length + _text.Length;
        if (end % width == 0)
        {
            // A terminal keeps the cursor at the right edge until one more character comes.
            output.Append(" \r");
        }

        var at = _prompt.Length + _cursor;
        var up = (end / width) - (at / width);
        output.Append(up > 0 ? $"\x1b[{up}A" : string.Empty).Append('\r');
        output.Append(at % width > 0 ? $"\x1b[{at % width}C" : string.Empty);
        Console.Out.Write(output.ToString());
        _drawnRows = at / width;
    }
}
