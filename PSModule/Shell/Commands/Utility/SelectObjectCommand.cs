using System.Globalization;
using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Selects objects by position, or properties of objects.</summary>
[Cmdlet(VerbsCommon.Select, "Object", DefaultParameterSetName = "DefaultParameter")]
public sealed partial class SelectObjectCommand : PSCmdlet
{
    private readonly List<PSObject> _held = [];
    private readonly List<PSObject> _written = [];
    private List<PropertySpecification> _properties = [];
    private List<WildcardPattern> _excluded = [];
    private PropertySpecification? _expanded;
    private HashSet<int>? _indices;
    private int _seen;
    private int _passed;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0, ParameterSetName = "DefaultParameter")]
    [Parameter(Position = 0, ParameterSetName = "SkipLastParameter")]
    public object[]? Property { get; set; }

    [Parameter(ParameterSetName = "DefaultParameter")]
    [Parameter(ParameterSetName = "SkipLastParameter")]
    public string[]? ExcludeProperty { get; set; }

    [Parameter(ParameterSetName = "DefaultParameter")]
    [Parameter(ParameterSetName = "SkipLastParameter")]
    public string? ExpandProperty { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter]
    public SwitchParameter CaseInsensitive { get; set; }

    [Parameter(ParameterSetName = "DefaultParameter")]
    [ValidateRange(0, int.MaxValue)]
    public int Last { get; set; }

    [Parameter(ParameterSetName = "DefaultParameter")]
    [ValidateRange(0, int.MaxValue)]
    public int First { get; set; }

    [Parameter(ParameterSetName = "DefaultParameter")]
    [Parameter(ParameterSetName = "SkipLastParameter")]
    [ValidateRange(0, int.MaxValue)]
    public int Skip { get; set; }

    [Parameter(ParameterSetName = "SkipLastParameter")]
    [ValidateRange(0, int.MaxValue)]
    public int SkipLast { get; set; }

    [Parameter(ParameterSetName = "DefaultParameter")]
    [Parameter(ParameterSetName = "IndexParameter")]
    public SwitchParameter Wait { get; set; }

    [Parameter(ParameterSetName = "IndexParameter")]
    [ValidateRange(0, int.MaxValue)]
    public int[]? Index { get; set; }

    [Parameter(ParameterSetName = "SkipIndexParameter")]
    [ValidateRange(0, int.MaxValue)]
    public int[]? SkipIndex { get; set; }

    protected override void BeginProcessing()
    {
        var wanted = Property ?? (ExcludeProperty is not null && ExpandProperty is null ? ["*"] : []);
        _properties = PropertySpecification.Parse(this, wanted);
        _excluded = [.. (ExcludeProperty ?? []).Select(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase))];
        _expanded = ExpandProperty is null ? null : PropertySpecification.Parse(this, [ExpandProperty])[0];
        _indices = (Index ?? SkipIndex)?.ToHashSet();
    }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }

        var position = _seen++;
        if (_indices is not null)
        {
            ProcessByIndex(position);
        }
        else if (Bound(nameof(Last)) && Bound(nameof(First)))
        {
            ProcessFirstAndLast(position);
        }
        else if (Bound(nameof(Last)) || SkipLast > 0)
        {
            ProcessFromTheEnd(position);
        }
        else if (!Bound(nameof(First)) || _passed < First)
        {
            if (position >= Skip)
            {
                Emit(InputObject);
                _passed++;
            }

            StopUpstreamWhenDone(Bound(nameof(First)) && _passed >= First);
        }
        else
        {
            StopUpstreamWhenDone(true);
        }
    }

    protected override void EndProcessing()
    {
        if (Bound(nameof(Last)))
        {
            _held.ForEach(Emit);
        }
    }

    private static bool Same(ValueComparer comparer, PSObject a, PSObject b)
    {
        if (a.BaseObject is not PSCustomObject || b.BaseObject is not PSCustomObject)
        {
            return comparer.AreEqual(a, b);
        }

        var left = a.Properties.ToList();
        var right = b.Properties.ToList();
        return left.Count == right.Count
            && left.Zip(right).All(pair => pair.First.Name == pair.Second.Name
                && comparer.AreEqual(pair.First.Value, pair.Second.Value));
    }

    private bool Bound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private void ProcessByIndex(int position)
    {
        if (_indices!.Contains(position) == (Index is not null))
        {
            Emit(InputObject!);
        }

        StopUpstreamWhenDone(Index is not null && position >= _indices.DefaultIfEmpty(-1).Max());
    }

    private void ProcessFirstAndLast(int position)
    {
        if (position < Skip)
        {
            return;
        }

        if (_passed < First)
        {
            _passed++;
            Emit(InputObject!);
            return;
        }

        Hold(Last);
    }

    private void ProcessFromTheEnd(int position)
    {
        if (Bound(nameof(Last)))
        {
            // With -Last, -Skip counts from the end.
            _held.Add(InputObject!);
            if (_held.Count > Last + Skip)
            {
                _held.RemoveAt(0);
            }

            return;
        }

        if (position < Skip)
        {
            return;
        }

        _held.Add(InputObject!);
        if (_held.Count > SkipLast)
        {
            Emit(_held[0]);
            _held.RemoveAt(0);
        }
    }

    private void Hold(int count)
    {
        _held.Add(InputObject!);
        if (_held.Count > count)
        {
            _held.RemoveAt(0);
        }
    }

    private void StopUpstreamWhenDone(bool done)
    {
        if (done && !Wait)
        {
            EndProcessing();
            throw EngineAccess.StopUpstream(this);
        }
    }

    private void Emit(PSObject item)
    {
        if (Bound(nameof(Last)) && !Bound(nameof(First)) && Skip > 0 && _held.IndexOf(item) >= _held.Count - Skip
            && _held.Count >= Skip)
        {
            return;
        }

        if (_expanded is not null)
        {
            Expand(item);
        }
        else if (_properties.Count > 0)
        {
            WriteUnique(Project(item));
        }
        else
        {
            WriteUnique(item);
        }
    }
    private void WriteUnique(PSObject item)
    {
        if (Unique)
        {
            var comparer = new ValueComparer(CaseInsensitive, CultureInfo.CurrentCulture);
            if (_written.Exists(earlier => Same(comparer, earlier, item)))
            {
                return;
            }

            _written.Add(item);
        }

        WriteObject(item);
    }
}
