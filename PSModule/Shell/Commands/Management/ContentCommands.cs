using System.Management.Automation;
using System.Management.Automation.Provider;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Shared by the commands that write content.</summary>
public abstract class WriteContentCommand : PathCommand
{
    private readonly List<IContentWriter> _writers = [];
    private bool _opened;

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipelineByPropertyName = true)]
    public override string[] Path { get; set; } = [];

    [Parameter(Position = 1, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? Value { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    internal override object? DynamicParametersFor(object context) =>
        EngineAccess.WriterParameters(InvokeProvider.Content, FirstPath, context);

    internal abstract bool Appends { get; }

    protected override void ProcessRecord()
    {
        if (!_opened)
        {
            _opened = true;
            Open();
        }

        foreach (var writer in _writers)
        {
            writer.Write(Value ?? Array.Empty<object>());
        }

        if (PassThru)
        {
            WriteObject(Value, enumerateCollection: true);
        }
    }

    protected override void EndProcessing() => Close();

    protected override void StopProcessing()
    {
        base.StopProcessing();
        Close();
    }

    private void Open()
    {
        foreach (var path in Paths)
        {
            Guarded(() =>
            {
                foreach (var target in Targets(path))
                {
                    if (!ShouldProcess(target, Appends ? "Add Content" : "Set Content"))
                    {
                        continue;
                    }

                    var context = NewContext();
                    EngineAccess.SetLiteral(context, literal: true);
                    if (!Appends)
                    {
                        ClearFirst(target, context);
                    }

                    foreach (var writer in EngineAccess.GetWriter(InvokeProvider.Content, target, context))
                    {
                        _writers.Add(writer);
                        if (Appends)
                        {
                            writer.Seek(0, SeekOrigin.End);
                        }
                    }
                }
            });
        }
    }

    private void ClearFirst(string target, object context)
    {
        try
        {
            if (InvokeProvider.Item.Exists(target, Force, literalPath: true))
            {
                EngineAccess.SetPassThru(context, passThru: false);
                EngineAccess.ClearContent(InvokeProvider.Content, target, context);
            }
        }
        catch (PSNotSupportedException)
        {
            // A provider without clearing overwrites when it writes.
        }
    }

    private List<string> Targets(string path)
    {
        if (Literal || !WildcardPattern.ContainsWildcardCharacters(path))
        {
            return [path];
        }

        var found = EngineAccess.Resolve(SessionState.Path, path, NewContext());
        return [.. found.Select(item => item.Path)];
    }

    private void Close()
    {
        foreach (var writer in _writers)
        {
            writer.Close();
            writer.Dispose();
        }

        _writers.Clear();
    }
}

/// <summary>Replaces the content of items.</summary>
[Cmdlet(VerbsCommon.Set, "Content", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class SetContentCommand : WriteContentCommand
{
    internal override bool Appends => false;
}

/// <summary>Appends to the content of items.</summary>
[Cmdlet(VerbsCommon.Add, "Content", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class AddContentCommand : WriteContentCommand
{
    internal override bool Appends => true;
}

/// <summary>Empties the content of items.</summary>
[Cmdlet(VerbsCommon.Clear, "Content", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
public sealed class ClearContentCommand : PathCommand
{
    internal override void Configure(object context)
    {
        base.Configure(context);
        EngineAccess.SetPassThru(context, passThru: false);
    }

    protected override void ProcessRecord() => ForEachPath(
        Paths, (path, context) => EngineAccess.ClearContent(InvokeProvider.Content, path, context));
}
