using System.Collections;
using System.Management.Automation;

namespace RaftKv.Shell.Pester;

/// <summary>One option's value.</summary>
public sealed class Option<T>(T value)
{
    /// <summary>Lets a script assign what converts, as one path where several are possible.</summary>
    public Option(object value)
        : this(LanguagePrimitives.ConvertTo<T>(value))
    {
    }

    public T Value { get; set; } = value;

    public static implicit operator Option<T>(T value) => new(value);

    public override string? ToString() => LanguagePrimitives.ConvertTo<string>(Value);
}

/// <summary>Reads a configuration from nested hashtables.</summary>
internal static class ConfigurationReader
{
    internal static void Fill(object target, IDictionary values)
    {
        foreach (DictionaryEntry entry in values)
        {
            var name = entry.Key.ToString()!;
            var property = target.GetType().GetProperty(
                name,
                System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance
                    | System.Reflection.BindingFlags.IgnoreCase)
                ?? throw new PSArgumentException($"This Pester runner has no configuration option '{name}'.");
            var value = entry.Value is PSObject wrapped ? wrapped.BaseObject : entry.Value;
            if (property.PropertyType.IsGenericType)
            {
                var type = property.PropertyType.GetGenericArguments()[0];
                var converted = LanguagePrimitives.ConvertTo(value, type);
                property.SetValue(target, Activator.CreateInstance(property.PropertyType, converted));
            }
            else if (value is IDictionary section)
            {
                Fill(property.GetValue(target)!, section);
            }
            else
            {
                throw new PSArgumentException($"The configuration section '{name}' must be a hashtable.");
            }
        }
    }
}
