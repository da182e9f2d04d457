using System.Collections;
using System.Globalization;
using System.Management.Automation;
using RaftKv.Api.Views;
using RaftKv.Arguments;

namespace RaftKv;

/// <summary>Turns what may stand for links into links: link objects, rows of the matrix, and whatever has their properties.</summary>
public sealed class LinkTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => ToLinks(inputData);

    /// <summary>The links that an argument means.</summary>
    internal static RaftLink[] ToLinks(object? argument)
    {
        object? plain = argument is PSObject wrapped ? wrapped.BaseObject : argument;
        return plain switch
        {
            RaftLink link => [link],
            RaftConnectivity row => [.. row.Setting],
            IDictionary table => [FromTable(table)],
            IEnumerable list and not string => [.. list.Cast<object?>().SelectMany(ToLinks)],
            null => [],
            _ => [FromObject(PSObject.AsPSObject(argument!))],
        };
    }

    private static RaftLink FromTable(IDictionary table)
    {
        PSObject properties = new();
        foreach (DictionaryEntry entry in table)
        {
            properties.Properties.Add(new PSNoteProperty(Convert.ToString(entry.Key, CultureInfo.InvariantCulture), entry.Value));
        }

        return FromObject(properties);
    }

    private static RaftLink FromObject(PSObject item)
    {
        if (item.Properties["From"] is null || item.Properties["To"] is null)
        {
            throw new ArgumentTransformationMetadataException($"'{item}' is no link: it needs at least the properties From and To.");
        }

        try
        {
            return new RaftLink(new LinkView(Read<int>(item, nameof(RaftLink.From)), Read<int>(item, nameof(RaftLink.To)))
            {
                Blocked = Read<bool>(item, nameof(RaftLink.Blocked)),
                DropRate = Read<double>(item, nameof(RaftLink.DropRate)),
                DelayMs = Read<double>(item, nameof(RaftLink.DelayMs)),
                JitterMs = Read<double>(item, nameof(RaftLink.JitterMs)),
                DuplicateRate = Read<double>(item, nameof(RaftLink.DuplicateRate)),
                ReorderRate = Read<double>(item, nameof(RaftLink.ReorderRate)),
            });
        }
        catch (FormatException e)
        {
            throw new ArgumentTransformationMetadataException($"'{item}' is no link: {e.Message}", e);
        }
    }

    private static T Read<T>(PSObject item, string name)
        where T : struct
    {
        object? value = ValueArgument.Unwrap(item.Properties[name]?.Value);
        if (value is null or "")
        {
            return default;
        }

        object? exact = value is string text && typeof(T) == typeof(bool)
            ? bool.TryParse(text, out bool flag) ? flag : null
            : ExactNumber.TryConvert(value, typeof(T), out object? converted) ? converted : null;
        return exact is T read ? read : throw new FormatException($"{name} is '{value}', which is {Kind(typeof(T))}.");
    }

    private static string Kind(Type type) => type == typeof(bool) ? "not True or False" : type == typeof(int) ? "no whole number" : "no number";
}
