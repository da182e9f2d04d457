using System.Collections;
using System.Collections.ObjectModel;
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

/// <summary>Sorts objects; equal ones keep their order.</summary>
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
        var order = Comparer<Key>.Create((a, b) =>
        {
            var compared = CompareValues(a, b, i => descends[i]);
            return compared != 0 ? compared : a.Position.CompareTo(b.Position);
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

/// <summary>Groups objects that have equal property values.</summary>
[Cmdlet(VerbsData.Group, "Object", DefaultParameterSetName = "HashTable")]
[OutputType(typeof(Hashtable), typeof(GroupInfo))]
public sealed class GroupObjectCommand : OrderedInputCommand
{
    [Parameter]
    public SwitchParameter NoElement { get; set; }

    [Parameter(ParameterSetName = "HashTable")]
    [Alias("AHT")]
    public SwitchParameter AsHashTable { get; set; }

    [Parameter(ParameterSetName = "HashTable")]
    public SwitchParameter AsString { get; set; }

    protected override void EndProcessing()
    {
        if (AsString && !AsHashTable)
        {
            ThrowTerminatingError(new ErrorRecord(
                new ArgumentException("The AsString parameter needs the AsHashTable parameter."),
                "ArgumentException",
                ErrorCategory.InvalidArgument,
                AsString));
        }

        var groups = new List<(Key Key, GroupInfo Info)>();
        foreach (var key in Items.Select(KeyOf).OrderBy(key => key, Comparer<Key>.Create((a, b) => CompareValues(a, b, _ => false))))
        {
            if (groups.Count > 0 && CompareValues(groups[^1].Key, key, _ => false) == 0)
            {
                groups[^1].Info.Add(key.Item);
            }
            else
            {
                var info = NoElement && !AsHashTable ? new GroupInfoNoElement(key.Values) : new GroupInfo(key.Values);
                info.Add(key.Item);
                groups.Add((key, info));
            }
        }

        if (AsHashTable)
        {
            WriteTable(groups.Select(group => group.Info));
        }
        else
        {
            groups.ForEach(group => WriteObject(group.Info));
        }
    }

    private void WriteTable(IEnumerable<GroupInfo> groups)
    {
        var table = CaseSensitive ? new Hashtable() : new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (var group in groups)
        {
            object key = AsString || group.Values.Count != 1 ? group.Name : Bare(group.Values[0]) ?? string.Empty;
            if (table.ContainsKey(key))
            {
                ThrowTerminatingError(new ErrorRecord(
                    new ArgumentException($"The objects grouped give the key '{key}' twice."),
                    "The objects grouped by this property cannot be expanded because there is a key duplication.",
                    ErrorCategory.InvalidArgument,
                    key));
            }

            table.Add(key, group.Group);
        }

        WriteObject(table);
    }

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}

/// <summary>One group: the values its members share, and the members.</summary>
public class GroupInfo
{
    internal GroupInfo(IEnumerable<object?> values)
    {
        Values = new ArrayList(values.ToArray());
        Name = string.Join(", ", values.Select(Text));
    }

    public ArrayList Values { get; }

    public int Count { get; private set; }

    public Collection<PSObject> Group { get; } = [];

    public string Name { get; }

    internal virtual void Add(PSObject item)
    {
        Group.Add(item);
        Count++;
    }

    private protected void CountOne() => Count++;

    private static string Text(object? value) =>
        value is null ? string.Empty
        : LanguagePrimitives.GetEnumerable(value) is { } many
            ? string.Join(" ", many.Cast<object?>().Select(Text))
            : LanguagePrimitives.ConvertTo<string>(value);
}

/// <summary>A group that only counts its members.</summary>
public sealed class GroupInfoNoElement : GroupInfo
{
    internal GroupInfoNoElement(IEnumerable<object?> values)
        : base(values)
    {
    }

    internal override void Add(PSObject item) => CountOne();
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
