using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// Changes one field somewhere in a graph of the core's objects, or one field of one element of a collection there, to
/// see what takes notice of it.
/// </summary>
internal static class FieldProbe
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>All fields, by type and name, that a graph's objects of the core have, with the objects.</summary>
    public static IEnumerable<(FieldInfo Field, object Owner)> FieldsIn(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>([root]);
        while (open.TryPop(out var owner))
        {
            if (!seen.Add(owner))
            {
                continue;
            }

            for (var type = owner.GetType(); IsOfTheCore(type); type = type!.BaseType)
            {
                foreach (var field in type!.GetFields(Own))
                {
                    yield return (field, owner);
                    foreach (var inner in ObjectsIn(field.GetValue(owner)))
                    {
                        open.Push(inner);
                    }
                }
            }
        }
    }

    /// <summary>Every way to change a field's value a little: applied one after the other, each undone before the next.</summary>
    public static IEnumerable<string> Changes(FieldInfo field, object owner)
    {
        var before = field.GetValue(owner);
        foreach (var (what, changed) in Changed(field.FieldType, before))
        {
            field.SetValue(owner, changed);
            yield return what;
            field.SetValue(owner, before);
        }
    }

    private static bool IsOfTheCore(Type? type) =>
        type is { IsValueType: false } && type.Namespace == typeof(Raft).Namespace
        && type != typeof(RaftOptions) && type != typeof(Effects) && type != typeof(Configuration) && type != typeof(SnapshotMeta)
        && type != typeof(HaltReason) && type != typeof(WentOn) && !typeof(Message).IsAssignableFrom(type) && !typeof(InputEvent).IsAssignableFrom(type);

    private static IEnumerable<object> ObjectsIn(object? value) => value switch
    {
        null => [],
        IDictionary map => map.Values.Cast<object>().Where(o => IsOfTheCore(o.GetType())),
        IEnumerable many and not string => many.Cast<object>().Where(o => o is not null && IsOfTheCore(o.GetType())),
        _ => IsOfTheCore(value.GetType()) ? [value] : [],
    };

    private static IEnumerable<(string What, object? Value)> Changed(Type type, object? before)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return before is null ? [(" set", Changed(inner, Activator.CreateInstance(inner)).First().Value)] : [(" unset", null), .. Changed(inner, before)];
        }

        if (type.IsValueType)
        {
            return ChangedValue(type, before!);
        }

        if (type == typeof(HaltReason))
        {
            return [(" set", before is null ? new HaltReason("Code", "message") : null)];
        }

        if (type == typeof(Configuration))
        {
            return [(" set", Configuration.Of([new NodeId(before is null ? 7 : 6)]))];
        }

        if (type == typeof(WentOn))
        {
            return [(" set", before is null ? new WentOn("Code", "message") : null)];
        }

        return before switch
        {
            null => [],
            Array array => array.Length == 0 ? [] : [(" shorter", Shorter(array))],
            IEnumerable and not string => ChangedCollection(before),
            _ when before.GetType().Name.StartsWith("PriorityQueue", StringComparison.Ordinal) => ChangedCollection(before),
            _ => type == typeof(SnapshotMeta) || type == typeof(string) || type.Name == "Transfer" ? [(" unset", null)] : [],
        };
    }

    private static IEnumerable<(string What, object? Value)> ChangedValue(Type type, object before)
    {
        if (type == typeof(Instant))
        {
            return [("", new Instant(CoreServer.Now.Microseconds + ((Instant)before == new Instant(CoreServer.Now.Microseconds + 4321) ? 1234 : 4321)))];
        }

        if (type == typeof(bool))
        {
            return [("", !(bool)before)];
        }

        if (type.IsEnum)
        {
            var other = Enum.GetValues(type).Cast<object>().FirstOrDefault(v => !v.Equals(before));
            return other is null ? [] : [("", other)];
        }

        if (type.IsPrimitive)
        {
            return [("", before is ulong bits ? bits ^ 1 : Convert.ChangeType(Convert.ToInt64(before, null) + 1, type, null))];
        }

        if (type == typeof(TimeSpan))
        {
            return [("", (TimeSpan)before == TimeSpan.MaxValue ? TimeSpan.Zero : (TimeSpan)before + TimeSpan.FromTicks(10))];
        }

        return from field in type.GetFields(Own)
               from change in Changed(field.FieldType, field.GetValue(before))
               select ($".{field.Name}{change.What}", With(before, field, change.Value));
    }

    private static object? With(object value, FieldInfo field, object? part)
    {
        // A boxed value: reflection writes into a copy of the box.
        var copy = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(value, null)!;
        field.SetValue(copy, part);
        return copy;
    }

    private static Array Shorter(Array array)
    {
        var shorter = Array.CreateInstance(array.GetType().GetElementType()!, array.Length - 1);
        Array.Copy(array, shorter, shorter.Length);
        return shorter;
    }

    /// <summary>The collection without its elements, and with each part of its first element changed.</summary>
    private static IEnumerable<(string What, object? Value)> ChangedCollection(object many)
    {
        var type = many.GetType();
        if (type.GetInterface(nameof(IDictionary)) is not null)
        {
            return ChangedMap((IDictionary)many);
        }

        var items = ((IEnumerable)(type.GetProperty("UnorderedItems")?.GetValue(many) ?? many)).Cast<object>().ToList();
        if (items.Count == 0)
        {
            // An event or a number that stands for nothing; what else a collection can hold is in some sample.
            return EmptyElementOf(type) is { } element && !IsOfTheCore(element.GetType()) ? [(" filled", Rebuilt(type, [element]))] : [];
        }

        return
        [
            (" empty", Rebuilt(type, [])),
            .. items[0].GetType().IsValueType
                ? ChangedValue(items[0].GetType(), items[0]).Select(c => ($"[0]{c.What}", (object?)Rebuilt(type, [c.Value!, .. items.Skip(1)])))
                : [],
        ];
    }

    private static object EmptyElementOf(Type collection)
    {
        var arguments = collection.GetGenericArguments();
        var element = arguments.Length == 1 ? arguments[0] : typeof(ValueTuple<,>).MakeGenericType(arguments);
        return RuntimeHelpers.GetUninitializedObject(element);
    }

    private static IEnumerable<(string What, object? Value)> ChangedMap(IDictionary map)
    {
        foreach (var key in map.Keys.Cast<object>().Take(1).ToList())
        {
            var value = map[key]!;
            foreach (var (what, changed) in value.GetType().IsValueType ? ChangedValue(value.GetType(), value) : [])
            {
                var copy = (IDictionary)Activator.CreateInstance(map.GetType(), map)!;
                copy[key] = changed;
                yield return ($"[{key}]{what}", copy);
            }

            var without = (IDictionary)Activator.CreateInstance(map.GetType(), map)!;
            without.Remove(key);
            yield return (" without one", without);
        }
    }

    private static object Rebuilt(Type type, IEnumerable<object> items)
    {
        var rebuilt = Activator.CreateInstance(type)!;
        var add = type.GetMethod("Enqueue") ?? type.GetMethod("Add")!;
        foreach (var item in items)
        {
            add.Invoke(rebuilt, add.GetParameters().Length == 1 ? [item] : [.. item.GetType().GetFields().Select(f => f.GetValue(item))]);
        }

        return rebuilt;
    }
}
