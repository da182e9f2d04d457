using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace RaftKv;

/// <summary>
/// Turns what people write for groups of servers into lists of ids or names: a flat list is one group, a list of lists
/// several.
/// </summary>
public sealed class GroupTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => ToGroups(inputData);

    /// <summary>The groups that an argument means.</summary>
    internal static string[][] ToGroups(object? argument)
    {
        List<object?> top = [.. Elements(Unwrap(argument))];
        if (top.Count == 0 || top.Exists(element => IsList(Unwrap(element)) && !Elements(Unwrap(element)).Any()))
        {
            throw new ArgumentTransformationMetadataException("A group holds no server. Give ids, names or servers.");
        }

        bool nested = top.Exists(element => IsList(Unwrap(element)));
        return nested
            ? [.. top.Select(element => Elements(Unwrap(element)).Select(Text).ToArray())]
            : [[.. top.Select(Text)]];
    }

    private static IEnumerable<object?> Elements(object? value) => IsList(value) ? ((IEnumerable)value!).Cast<object?>() : [value];

    private static bool IsList(object? value) => value is IEnumerable and not string and not IDictionary;

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static string Text(object? element) => Unwrap(element) switch
    {
        RaftServer server => server.Id.ToString(CultureInfo.InvariantCulture),
        RaftLeader leader => leader.Id.ToString(CultureInfo.InvariantCulture),
        RaftServerReference reference => reference.Pattern,
        string text => text,
        sbyte or byte or short or ushort or int or uint or long or ulong => Convert.ToString(Unwrap(element), CultureInfo.InvariantCulture)!,
        null => throw new ArgumentTransformationMetadataException("A group holds an empty element. Give ids, names or servers."),
        { } other => throw new ArgumentTransformationMetadataException(
            $"A group holds a {other.GetType().Name}. Give ids, names or servers; a flat list is one group, a list of lists several."),
    };
}
