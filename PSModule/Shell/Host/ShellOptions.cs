namespace RaftKv.Shell.Host;

/// <summary>The command line of <c>raftkv-shell</c>, which follows that of <c>pwsh</c> as far as scripts need it.</summary>
internal sealed record ShellOptions
{
    internal const string Usage = """
        Usage: raftkv-shell [-NoProfile] [-NoLogo] [-NonInteractive] [-WorkingDirectory DIR] [[-File] FILE.ps1 [arguments]]
               raftkv-shell [-NoProfile] [-NoLogo] [-NonInteractive] -Command TEXT | -
               raftkv-shell -Version | -Help

        Runs a PowerShell script, a command text, or without either an interactive prompt.
        The exit code is the script's, 1 after an uncaught error, 130 after Ctrl-C.
        """;

    internal string? File { get; private set; }

    internal string? CommandText { get; private set; }

    internal IReadOnlyList<string> Arguments { get; private set; } = [];

    internal bool NonInteractive { get; private set; }

    internal bool NoLogo { get; private set; }

    internal bool ShowHelp { get; private set; }

    internal bool ShowVersion { get; private set; }

    internal string? WorkingDirectory { get; private set; }

    /// <summary>What is wrong with the command line, or null.</summary>
    internal string? Fault { get; private set; }

    internal static ShellOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ShellOptions();
        for (var i = 0; i < args.Count; i++)
        {
            var arg = args[i];
            var name = arg.StartsWith("--", StringComparison.Ordinal) ? arg[1..] : arg;
            switch (name.ToUpperInvariant())
            {
                case "-NOPROFILE" or "-NOP":
                    break;
                case "-NOLOGO":
                    options.NoLogo = true;
                    break;
                case "-NONINTERACTIVE" or "-NONI":
                    options.NonInteractive = true;
                    break;
                case "-H" or "-HELP" or "-?" or "/?":
                    options.ShowHelp = true;
                    return options;
                case "-VERSION" or "-V":
                    options.ShowVersion = true;
                    return options;
                case "-WORKINGDIRECTORY" or "-WD" when i + 1 < args.Count:
                    options.WorkingDirectory = args[++i];
                    break;
                case "-FILE" or "-F" when i + 1 < args.Count:
                    options.File = args[i + 1];
                    options.Arguments = [.. args.Skip(i + 2)];
                    return options;
                case "-COMMAND" or "-C" when i + 1 < args.Count:
                    options.CommandText = string.Join(' ', args.Skip(i + 1));
                    return options;
                default:
                    if (arg.StartsWith('-'))
                    {
                        options.Fault = $"Unknown or incomplete option '{arg}'.";
                        return options;
                    }

                    options.File = arg;
                    options.Arguments = [.. args.Skip(i + 1)];
                    return options;
            }
        }

        return options;
    }
}
