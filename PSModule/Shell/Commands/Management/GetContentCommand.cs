using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Provider;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Reads the content of items, line by line unless asked otherwise.</summary>
[Cmdlet(VerbsCommon.Get, "Content", DefaultParameterSetName = "Path")]
public sealed class GetContentCommand : PathCommand
{
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipelineByPropertyName = true)]
    public override string[] Path { get; set; } = [];

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public long ReadCount { get; set; } = 1;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, long.MaxValue)]
    [Alias("First", "Head")]
    public long TotalCount { get; set; } = -1;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, int.MaxValue)]
    [Alias("Last")]
    public int Tail { get; set; } = -1;

    internal override object? DynamicParametersFor(object context) =>
        EngineAccess.ReaderParameters(InvokeProvider.Content, FirstPath, context);

    protected override void ProcessRecord()
    {
        if (TotalCount >= 0 && Tail >= 0)
        {
            ThrowTerminatingError(new ErrorRecord(
                new InvalidOperationException("The parameters TotalCount and Tail cannot be used together."),
                "TailAndHeadCannotCoexist",
                ErrorCategory.InvalidOperation,
                null));
        }

        foreach (var path in Paths)
        {
            Guarded(() =>
            {
                var resolved = Literal ? [path] : Resolve(path);
                foreach (var item in resolved)
                {
                    ReadOne(item);
                }
            });
        }
    }

    private List<string> Resolve(string path) =>
        [.. EngineAccess.Resolve(SessionState.Path, path, NewContext()).Select(found => found.Path)];

    private void ReadOne(string path)
    {
        var context = NewContext();
        EngineAccess.SetLiteral(context, literal: true);
        foreach (var reader in EngineAccess.GetReader(InvokeProvider.Content, path, context))
        {
            using (reader)
            {
                var item = new ContentSource(this, path);
                if (Tail >= 0)
                {
                    ReadTail(reader, item);
                }
                else
                {
                    ReadForward(reader, item, TotalCount < 0 ? long.MaxValue : TotalCount);
                }

                reader.Close();
            }
        }
    }

    private void ReadForward(IContentReader reader, ContentSource source, long limit)
    {
        for (var read = 0L; read < limit && !Stopping;)
        {
            var batch = ReadCount <= 0 ? limit : Math.Min(ReadCount, limit - read);
            var lines = reader.Read(batch is long.MaxValue ? 0 : batch);
            if (lines is null || lines.Count == 0)
            {
                return;
            }

            read += lines.Count;
            source.Write(lines, ReadCount == 1);
            if (batch == long.MaxValue)
            {
                return;
            }
        }
    }

    private void ReadTail(IContentReader reader, ContentSource source)
    {
        var last = new Queue<object>();
        while (reader.Read(1) is { Count: > 0 } lines)
        {
            foreach (var line in lines)
            {
                last.Enqueue(line);
                if (last.Count > Tail)
                {
                    last.Dequeue();
                }
            }
        }

        foreach (var line in last)
        {
            source.Write(new object[] { line }, single: true);
        }

        // With -Wait the reader blocks until something is appended, or the command is stopped.
    }

    /// <summary>Marks what is read with where it was read, as later commands in a pipeline expect.</summary>
    private sealed class ContentSource
    {
        private readonly PSCmdlet _command;
        private readonly List<PSNoteProperty> _notes = [];
        private long _line;

        internal ContentSource(PSCmdlet command, string path)
        {
            _command = command;
            var full = command.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out var drive);
            _notes.Add(new PSNoteProperty("PSPath", $"{provider}::{full}"));
            if (provider.Name == "FileSystem")
            {
                _notes.Add(new PSNoteProperty("PSParentPath", $"{provider}::{System.IO.Path.GetDirectoryName(full)}"));
            }

            _notes.Add(new PSNoteProperty("PSChildName", System.IO.Path.GetFileName(full)));
            if (drive is not null)
            {
                _notes.Add(new PSNoteProperty("PSDrive", drive));
            }

            _notes.Add(new PSNoteProperty("PSProvider", provider));
        }

        internal void Write(IList lines, bool single)
        {
            _line += lines.Count;
            var item = new PSObject(single || lines.Count == 1 ? lines[0]! : lines.Cast<object>().ToArray());
            foreach (var note in _notes)
            {
                item.Properties.Add(note);
            }

            item.Properties.Add(new PSNoteProperty("ReadCount", _line));
            _command.WriteObject(item);
        }
    }
}
