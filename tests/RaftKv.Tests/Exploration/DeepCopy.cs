using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// Copies a whole graph of objects and moves its clock readings, by code that is made once for each type from its
/// fields, so that a field that is added to the core is copied without anyone thinking of it. What never changes is shared.
/// </summary>
internal sealed class DeepCopy
{
    private static readonly ConcurrentDictionary<Type, Func<object, DeepCopy, object>> Copiers = new();
    private static readonly Func<object, object> Clones =
        typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!.CreateDelegate<Func<object, object>>();

    private readonly Dictionary<object, object> _done = new(ReferenceEqualityComparer.Instance);
    private long _shift;

    private delegate void Fixer<T>(ref T place, DeepCopy copy);

    /// <summary>A copy in which every clock reading is that much later.</summary>
    public T Of<T>(T root, long shiftMicroseconds = 0)
        where T : class
    {
        _done.Clear();
        _shift = shiftMicroseconds;
        return (T)Copy(root)!;
    }

    /// <summary>Values that are never changed after they were made: one may stand in any number of states.</summary>
    private static bool IsShared(Type type) =>
        type == typeof(string) || typeof(Delegate).IsAssignableFrom(type) || typeof(Type).IsAssignableFrom(type)
        || typeof(Message).IsAssignableFrom(type) || typeof(InputEvent).IsAssignableFrom(type)
        || type == typeof(Configuration) || type == typeof(SnapshotMeta) || type == typeof(RaftOptions) || type == typeof(HaltReason)
        || type == typeof(DiskImage) || typeof(IShared).IsAssignableFrom(type)
        || (type.Namespace is { } name && name.StartsWith("System.Collections", StringComparison.Ordinal) && type.Name.Contains("Comparer", StringComparison.Ordinal));

    private object? Copy(object? source)
    {
        if (source is null)
        {
            return null;
        }

        if (_done.TryGetValue(source, out var done))
        {
            return done;
        }

        return Copiers.GetOrAdd(source.GetType(), MakeCopier)(source, this);
    }

    private static Func<object, DeepCopy, object> MakeCopier(Type type)
    {
        if (IsShared(type))
        {
            return static (source, _) => source;
        }

        if (type == typeof(Effects))
        {
            // Between two turns it holds nothing: each copy has its own to fill.
            return static (_, _) => new Effects();
        }

        if (type.IsArray)
        {
            return typeof(DeepCopy).GetMethod(nameof(CopyArray), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(type.GetElementType()!).CreateDelegate<Func<object, DeepCopy, object>>();
        }

        var fix = FixerOfFields(type, typeof(object)) as Fixer<object>;
        return (source, copy) =>
        {
            var target = Clones(source);
            copy._done.Add(source, target);
            fix?.Invoke(ref target, copy);
            return target;
        };
    }

    private static T[] CopyArray<T>(object source, DeepCopy copy)
    {
        var target = (T[])((T[])source).Clone();
        copy._done.Add(source, target);
        if (FixerOf<T>.Instance is { } fix)
        {
            for (var i = 0; i < target.Length; i++)
            {
                fix(ref target[i], copy);
            }
        }

        return target;
    }

    private static void Shift(ref Instant place, DeepCopy copy)
    {
        if (place != Instant.Never && place.Microseconds > long.MinValue / 4)
        {
            place = new Instant(place.Microseconds + copy._shift);
        }
    }

    private static void CopyReference<T>(ref T place, DeepCopy copy) => place = (T)copy.Copy(place)!;

    private static void FixField<T>(ref T place, DeepCopy copy) => FixerOf<T>.Instance!(ref place, copy);

    private static bool NeedsFixing(Type type)
    {
        if (type == typeof(Instant))
        {
            return true;
        }

        if (type.IsPrimitive || type.IsEnum || type.IsPointer || type == typeof(ReadOnlyMemory<byte>) || (type.IsSealed && IsShared(type)))
        {
            return false;
        }

        return !type.IsValueType || FieldsOf(type).Any(f => NeedsFixing(f.FieldType));
    }

    private static IEnumerable<FieldInfo> FieldsOf(Type? type)
    {
        for (; type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }

    /// <summary>Code that goes through the fields of a value in its place, or of an object that was cloned already.</summary>
    private static Delegate? FixerOfFields(Type type, Type place)
    {
        var fields = FieldsOf(type).Where(f => NeedsFixing(f.FieldType)).ToList();
        if (fields.Count == 0)
        {
            return null;
        }

        var method = new DynamicMethod($"Fix{type.Name}", typeof(void), [place.MakeByRefType(), typeof(DeepCopy)], typeof(DeepCopy).Module, skipVisibility: true);
        var code = method.GetILGenerator();
        foreach (var field in fields)
        {
            code.Emit(OpCodes.Ldarg_0);
            if (!type.IsValueType)
            {
                code.Emit(OpCodes.Ldind_Ref);
            }

            code.Emit(OpCodes.Ldflda, field);
            code.Emit(OpCodes.Ldarg_1);
            code.Emit(OpCodes.Call, typeof(DeepCopy).GetMethod(nameof(FixField), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(field.FieldType));
        }

        code.Emit(OpCodes.Ret);
        return method.CreateDelegate(typeof(Fixer<>).MakeGenericType(place));
    }

    private static class FixerOf<T>
    {
        public static readonly Fixer<T>? Instance = Make();

        private static Fixer<T>? Make()
        {
            if (typeof(T) == typeof(Instant))
            {
                return (Fixer<T>)(object)new Fixer<Instant>(Shift);
            }

            if (!NeedsFixing(typeof(T)))
            {
                return null;
            }

            return typeof(T).IsValueType ? (Fixer<T>?)FixerOfFields(typeof(T), typeof(T)) : CopyReference;
        }
    }
}

/// <summary>Marks what is never changed after it was made.</summary>
internal interface IShared;
