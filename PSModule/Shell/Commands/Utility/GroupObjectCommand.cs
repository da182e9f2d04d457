using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

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
