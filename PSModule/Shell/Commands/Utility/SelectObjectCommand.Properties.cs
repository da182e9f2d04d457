using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>What an object is made of.</summary>
public sealed partial class SelectObjectCommand
{
    private PSObject Project(PSObject item)
    {
        var result = new PSObject();
        AddProperties(item, result);
        foreach (var name in new[] { item.TypeNames.FirstOrDefault() ?? "System.Management.Automation.PSCustomObject" })
        {
            result.TypeNames.Insert(0, "Selected." + name);
        }

        return result;
    }

    private void AddProperties(PSObject item, PSObject result)
    {
        foreach (var property in _properties)
        {
            foreach (var (name, value) in Values(property, item))
            {
                if (_excluded.Exists(pattern => pattern.IsMatch(name)))
                {
                    continue;
                }

                if (result.Properties[name] is not null)
                {
                    if (!WildcardPattern.ContainsWildcardCharacters(property.Expression.ToString()))
                    {
                        WriteError(new ErrorRecord(
                            new InvalidOperationException(
                                $"The property cannot be processed because the property \"{name}\" already exists."),
                            "AlreadyExistingUserSpecifiedPropertyNoExpand",
                            ErrorCategory.InvalidOperation,
                            null));
                    }

                    continue;
                }

                result.Properties.Add(new PSNoteProperty(name, value));
            }
        }
    }

    private static IEnumerable<(string Name, object? Value)> Values(PropertySpecification property, PSObject item)
    {
        var resolved = property.Expression.ResolveNames(item, expand: true);
        if (resolved.Count == 0)
        {
            if (!property.Expression.HasWildCardCharacters)
            {
                yield return (property.Label ?? property.Expression.ToString(), null);
            }

            yield break;
        }

        foreach (var expression in resolved)
        {
            var values = expression.GetValues(item, expand: true, eatExceptions: true);
            var value = values.Count > 0 && values[0].Exception is null ? values[0].Result : null;
            yield return (property.Label ?? expression.ToString(), value);
        }
    }

    private void Expand(PSObject item)
    {
        var results = _expanded!.Expression.GetValues(item, expand: false, eatExceptions: false);
        if (results.Count == 0)
        {
            WriteError(new ErrorRecord(
                new PSArgumentException($"Property \"{ExpandProperty}\" cannot be found."),
                "ExpandPropertyNotFound",
                ErrorCategory.InvalidArgument,
                item));
            return;
        }

        foreach (var result in results)
        {
            if (result.Exception is not null)
            {
                WriteError(new ErrorRecord(
                    result.Exception, "PropertyEvaluationExpand", ErrorCategory.InvalidResult, item));
                continue;
            }

            var values = LanguagePrimitives.GetEnumerable(result.Result) ?? new[] { result.Result };
            foreach (var value in values)
            {
                var expanded = value is null ? null : PSObject.AsPSObject(value);
                if (expanded is not null && _properties.Count > 0)
                {
                    AddProperties(item, expanded);
                }

                if (expanded is not null)
                {
                    WriteUnique(expanded);
                }
            }
        }
    }
}
