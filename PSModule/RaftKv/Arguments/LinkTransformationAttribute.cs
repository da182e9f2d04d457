using System.Collections;
using System.Globalization;
using System.Management.Automation;
using RaftKv.Api.Views;

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
        catch (PSInvalidCastException e)
        {
            throw new ArgumentTransformationMetadataException($"'{item}' is no link: {e.Message}", e);
        }
    }

    private static T Read<T>(PSObject item, string name)
        where T : struct => item.Properties[name]?.Value is { } value and not "" ? LanguagePrimitives.ConvertTo<T>(value is string text && typeof(T) == typeof(bool) ? bool.TrueString.Equals(text, StringComparison.OrdinalIgnoreCase) : value) : default;
}
