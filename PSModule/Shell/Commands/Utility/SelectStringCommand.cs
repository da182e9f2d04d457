using System.Management.Automation;
using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.PowerShell.Commands;

/// <summary>Finds text in strings and files.</summary>
[Cmdlet(VerbsCommon.Select, "String", DefaultParameterSetName = "File")]
[OutputType(typeof(MatchInfo), typeof(bool), typeof(string))]
public sealed class SelectStringCommand : PSCmdlet
{
    private readonly Search _objects = new();
    private List<Regex> _patterns = [];
    private bool _found;

    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Object")]
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "ObjectRaw")]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0, Mandatory = true)]
    public string[] Pattern { get; set; } = [];

    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "File")]
    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "FileRaw")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralFile")]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "LiteralFileRaw")]
    [Alias("PSPath", "LP")]
    public string[] LiteralPath { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "ObjectRaw")]
    [Parameter(Mandatory = true, ParameterSetName = "FileRaw")]
    [Parameter(Mandatory = true, ParameterSetName = "LiteralFileRaw")]
    public SwitchParameter Raw { get; set; }

    [Parameter]
    public SwitchParameter SimpleMatch { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    [Parameter(ParameterSetName = "Object")]
    [Parameter(ParameterSetName = "File")]
    [Parameter(ParameterSetName = "LiteralFile")]
    public SwitchParameter Quiet { get; set; }

    [Parameter]
    public SwitchParameter List { get; set; }

    [Parameter]
    public SwitchParameter NoEmphasis { get; set; }

    [Parameter]
    public string[] Include { get; set; } = [];

    [Parameter]
    public string[] Exclude { get; set; } = [];

    [Parameter]
    public SwitchParameter NotMatch { get; set; }

    [Parameter]
    public SwitchParameter AllMatches { get; set; }

    [Parameter]
    [TextEncoding]
    [ArgumentCompleter(typeof(TextEncodingCompleter))]
    public Encoding Encoding { get; set; } = TextEncodingAttribute.Default;

    [Parameter]
    [ValidateCount(1, 2)]
    [ValidateRange(0, int.MaxValue)]
    public int[] Context { get; set; } = [];

    private int Before => Context.Length == 0 ? 0 : Context[0];

    private int After => Context.Length == 0 ? 0 : Context[^1];

    protected override void BeginProcessing()
    {
        var options = CaseSensitive ? RegexOptions.None : RegexOptions.IgnoreCase;
        try
        {
            _patterns = [.. Pattern.Select(text => new Regex(SimpleMatch ? Regex.Escape(text) : text, options))];
        }
        catch (ArgumentException exception)
        {
            ThrowTerminatingError(new ErrorRecord(exception, "InvalidRegex", ErrorCategory.InvalidArgument, Pattern));
        }
    }

    protected override void ProcessRecord()
    {
        if (Quiet && _found)
        {
            return;
        }

        if (ParameterSetName is "Object" or "ObjectRaw")
        {
            if (InputObject?.BaseObject is FileInfo file)
            {
                SearchFile(file.FullName);
            }
            else if (InputObject is not null)
            {
                var line = LanguagePrimitives.ConvertTo<string>(InputObject);
                SearchLine(_objects, line, MatchInfo.InputStream);
            }

            return;
        }

        var literal = LiteralPath.Length > 0;
        foreach (var path in literal ? LiteralPath : Path)
        {
            foreach (var file in InputFiles.Resolve(this, path, literal, "PathNotFound").Where(Selected))
            {
                SearchFile(file);
            }
        }
    }

    protected override void EndProcessing()
    {
        _objects.Complete(Emit);
        if (Quiet && _found)
        {
            WriteObject(true);
        }
    }

    private bool Selected(string file)
    {
        bool Any(string[] patterns) => patterns.Any(pattern =>
            WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(System.IO.Path.GetFileName(file)));
        return (Include.Length == 0 || Any(Include)) && !Any(Exclude);
    }

    private void SearchFile(string file)
    {
        var search = new Search();
        using var reader = new StreamReader(file, Encoding);
        while (!Stopping && reader.ReadLine() is { } line)
        {
            if (SearchLine(search, line, file) && (List || Quiet))
            {
                break;
            }
        }

        search.Complete(Emit);
    }

    private bool SearchLine(Search search, string line, string path)
    {
        search.LineNumber++;
        search.AddFollowing(line, Emit);
        var (matches, pattern) = Match(line);
        var hit = (matches.Length > 0) != NotMatch.IsPresent;
        if (hit)
        {
            var info = new MatchInfo
            {
                IgnoreCase = !CaseSensitive,
                LineNumber = search.LineNumber,
                Line = line,
                Path = path,
                Pattern = pattern,
                Matches = matches,
            };
            if (Context.Length > 0)
            {
                info.Context = new MatchInfoContext
                {
                    PreContext = search.Earlier,
                    DisplayPreContext = search.Earlier,
                };
            }

            search.Add(info, Context.Length > 0 ? After : 0, Emit);
        }

        search.Remember(line, Before);
        return hit;
    }

    private (Match[] Matches, string Pattern) Match(string line)
    {
        for (var i = 0; i < _patterns.Count; i++)
        {
            var first = _patterns[i].Match(line);
            if (first.Success)
            {
                Match[] all = AllMatches ? [.. _patterns[i].Matches(line).Cast<Match>()] : [first];
                return (all, Pattern[i]);
            }
        }

        return ([], Pattern[^1]);
    }

    private void Emit(MatchInfo info)
    {
        _found = true;
        if (Raw)
        {
            WriteObject(info.Line);
        }
        else if (!Quiet)
        {
            WriteObject(info);
        }
    }

    /// <summary>The place in one file or stream, with the matches that still wait for the lines after them.</summary>
    private sealed class Search
    {
        private readonly Queue<string> _earlier = new();
        private readonly List<(MatchInfo Info, List<string> Following, int Wanted)> _waiting = [];

        internal ulong LineNumber { get; set; }

        internal string[] Earlier => [.. _earlier];

        internal void Remember(string line, int count)
        {
            _earlier.Enqueue(line);
            while (_earlier.Count > count)
            {
                _earlier.Dequeue();
            }
        }

        internal void Add(MatchInfo info, int following, Action<MatchInfo> emit)
        {
            _waiting.Add((info, [], following));
            Release(emit, all: false);
        }

        internal void AddFollowing(string line, Action<MatchInfo> emit)
        {
            _waiting.ForEach(waiting => waiting.Following.Add(line));
            Release(emit, all: false);
        }

        internal void Complete(Action<MatchInfo> emit) => Release(emit, all: true);

        private void Release(Action<MatchInfo> emit, bool all)
        {
            while (_waiting.Count > 0 && (all || _waiting[0].Following.Count >= _waiting[0].Wanted))
            {
                var (info, following, _) = _waiting[0];
                _waiting.RemoveAt(0);
                if (info.Context is not null)
                {
                    info.Context.PostContext = [.. following];
                    info.Context.DisplayPostContext = [.. following];
                }

                emit(info);
            }
        }
    }
}
