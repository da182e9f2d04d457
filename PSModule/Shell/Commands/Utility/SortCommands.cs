using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Shared by the commands that collect their input and compare it by properties.</summary>
public abstract class OrderedInputCommand : PSCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public object[]? Property { get; set; }

    [Parameter]
    public string? Culture { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    internal List<PSObject> Items { get; } = [];

    internal List<PropertySpecification> Specifications { get; private set; } = [];

    internal ValueComparer Comparer { get; private set; } = new(true, CultureInfo.CurrentCulture);

    protected override void BeginProcessing()
    {
        Specifications = PropertySpecification.Parse(this, Property ?? [], "Ascending", "Descending");
        var culture = Culture is null ? CultureInfo.CurrentCulture : CultureInfo.GetCultureInfo(Culture);
        Comparer = new ValueComparer(!CaseSensitive, culture);
    }

    protected override void ProcessRecord()
    {
        if (InputObject is not null)
        {
            Items.Add(InputObject);
        }
    }

    internal Key KeyOf(PSObject item, int position)
    {
        if (Specifications.Count == 0)
        {
            return new Key(item, position, [item], [true]);
        }

        var values = new object?[Specifications.Count];
        var exists = new bool[Specifications.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Specifications[i].Value(item, out exists[i]);
        }

        return new Key(item, position, values, exists);
    }

    internal int CompareValues(Key a, Key b, Func<int, bool> descends)
    {
        for (var i = 0; i < a.Values.Length; i++)
        {
            if (a.Exists[i] != b.Exists[i])
            {
                // What lacks the property comes last, in either direction.
                return a.Exists[i] ? -1 : 1;
            }

            var order = Comparer.Compare(a.Values[i], b.Values[i]);
            if (order != 0)
            {
                return descends(i) ? -order : order;
            }
        }

        return 0;
    }

    internal sealed record Key(PSObject Item, int Position, object?[] Values, bool[] Exists);
}

/// <summary>Sorts objects; equal ones keep their order where <c>-Stable</c>, <c>-Top</c> or <c>-Bottom</c> asks for it.</summary>
[Cmdlet("Sort", "Object", DefaultParameterSetName = "Default")]
public sealed class SortObjectCommand : OrderedInputCommand
{
    [Parameter(ParameterSetName = "Default")]
    public SwitchParameter Stable { get; set; }

    [Parameter]
    public SwitchParameter Descending { get; set; }

    [Parameter]
    public SwitchParameter Unique { get; set; }

    [Parameter(ParameterSetName = "Top", Mandatory = true)]
    [ValidateRange(1, int.MaxValue)]
    public int Top { get; set; }

    [Parameter(ParameterSetName = "Bottom", Mandatory = true)]
    [ValidateRange(1, int.MaxValue)]
    public int Bottom { get; set; }

    protected override void EndProcessing()
    {
        var keys = Items.Select(KeyOf).ToList();
        var descends = Enumerable.Range(0, Math.Max(Specifications.Count, 1)).Select(Descends).ToArray();
        var keepsOrder = Stable || Top > 0 || Bottom > 0;
        var order = Comparer<Key>.Create((a, b) =>
        {
            var compared = CompareValues(a, b, i => descends[i]);
            return compared != 0 || !keepsOrder ? compared : a.Position.CompareTo(b.Position);
        });
        keys.Sort(order);
        IEnumerable<Key> sorted = keys;
        if (Unique)
        {
            sorted = keys.Where((key, i) => i == 0 || CompareValues(keys[i - 1], key, _ => false) != 0);
        }

        if (Top > 0)
        {
            sorted = sorted.Take(Top);
        }
        else if (Bottom > 0)
        {
            sorted = sorted.TakeLast(Bottom);
        }

        foreach (var key in sorted)
        {
            WriteObject(key.Item);
        }
    }

    private bool Descends(int index)
    {
        if (index >= Specifications.Count)
        {
            return Descending;
        }

        var specification = Specifications[index];
        return specification.Flag("Descending") ?? (specification.Flag("Ascending") is { } up ? !up : Descending);
    }
}

/// <summary>Passes each of several equal neighbours on once.</summary>
[Cmdlet(VerbsCommon.Get, "Unique", DefaultParameterSetName = "AsString")]
public sealed class GetUniqueCommand : PSCmdlet
{
    private PSObject? _last;

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(ParameterSetName = "AsString")]
    public SwitchParameter AsString { get; set; }

    [Parameter(ParameterSetName = "UniqueByType")]
    public SwitchParameter OnType { get; set; }

    [Parameter]
    public SwitchParameter CaseInsensitive { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }

        if (_last is null || !Equal(_last, InputObject))
        {
            WriteObject(InputObject);
            _last = InputObject;
        }
    }

    private bool Equal(PSObject first, PSObject second)
    {
        if (OnType)
        {
            return first.TypeNames[0] == second.TypeNames[0];
        }

        var comparer = new ValueComparer(CaseInsensitive, CultureInfo.CurrentCulture);
        return AsString
            ? comparer.AreEqual(first.ToString(), second.ToString())
            : comparer.AreEqual(first, second);
    }
}
