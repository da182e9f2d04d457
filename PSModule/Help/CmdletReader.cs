using System.Reflection;

namespace RaftKv.Help;

/// <summary>Finds the cmdlets of an assembly and joins what the code says of them with what its comments say.</summary>
internal static class CmdletReader
{
    private const string Automation = "System.Management.Automation.";
    private const string OptionSet = "RaftKv.RaftOptionSet";
    private const string OptionAttribute = "RaftKv.OptionAttribute";

    /// <summary>Reads an assembly without running any of it, so that nothing it refers to needs to be loadable.</summary>
    public static IReadOnlyList<CmdletHelp> Read(string assemblyPath, IReadOnlyList<string> referencePaths, DocComments comments)
    {
        PathAssemblyResolver resolver = new(referencePaths.Append(assemblyPath));
        using MetadataLoadContext context = new(resolver);
        return
        [
            .. context.LoadFromAssemblyPath(assemblyPath).GetExportedTypes()
                .Where(type => !type.IsAbstract && Find(type, "CmdletAttribute") is not null)
                .Select(type => Describe(type, comments))
                .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>The names of the options with what their comments say, in the order of the source.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> ReadOptions(string assemblyPath, IReadOnlyList<string> referencePaths, DocComments comments)
    {
        PathAssemblyResolver resolver = new(referencePaths.Append(assemblyPath));
        using MetadataLoadContext context = new(resolver);
        return [.. Options(context.LoadFromAssemblyPath(assemblyPath).GetType(OptionSet, throwOnError: true)!, comments)];
    }

    private static IEnumerable<(string Name, string Meaning)> Options(Type set, DocComments comments) => set
        .GetProperties(BindingFlags.Instance | BindingFlags.Public)
        .Where(property => property.CustomAttributes.Any(attribute => attribute.AttributeType.FullName == OptionAttribute))
        .Select(property => (property.Name, comments.Text($"P:{set.FullName}.{property.Name}", "summary")));

    private static CmdletHelp Describe(Type type, DocComments comments)
    {
        CustomAttributeData cmdlet = Find(type, "CmdletAttribute")!;
        string member = "T:" + type.FullName;
        List<ParameterHelp> parameters =
        [
            .. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
                .Where(property => Find(property, "ParameterAttribute") is not null)
                .Select(property => Parameter(property, comments)),
        ];
        if (Named(cmdlet, "SupportsShouldProcess") is true)
        {
            parameters.Add(Common("WhatIf", "Shows what would happen without doing it.", "wi"));
            parameters.Add(Common("Confirm", "Asks before doing it.", "cf"));
        }

        return new CmdletHelp
        {
            Verb = (string)cmdlet.ConstructorArguments[0].Value!,
            Noun = (string)cmdlet.ConstructorArguments[1].Value!,
            Synopsis = comments.Text(member, "summary"),
            Description = comments.Paragraphs(member, "remarks"),
            Parameters = [.. parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal)],
            ParameterSets = Sets(parameters, Named(cmdlet, "DefaultParameterSetName") as string),
            Examples = comments.Examples(member),
            Outputs = [.. Outputs(type)],
        };
    }

    private static List<string> Sets(IReadOnlyList<ParameterHelp> parameters, string? first)
    {
        List<string> sets =
        [
            .. parameters.SelectMany(parameter => parameter.Uses).Select(use => use.Set)
                .Where(set => set != ParameterUse.AllSets).Distinct().OrderBy(set => set == first ? 0 : 1),
        ];
        return sets.Count > 0 ? sets : [ParameterUse.AllSets];
    }

    private static IEnumerable<string> Outputs(Type type) => type.CustomAttributes
        .Where(attribute => attribute.AttributeType.FullName == Automation + "OutputTypeAttribute")
        .SelectMany(attribute => (IEnumerable<CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!)
        .Select(argument => argument.Value is Type output ? output.FullName! : (string)argument.Value!)
        .Select(name => name == "System.Void" ? "None" : name);

    private static ParameterHelp Parameter(PropertyInfo property, DocComments comments)
    {
        Type type = Nullable(property.PropertyType);
        return new ParameterHelp
        {
            Name = property.Name,
            Description = comments.Text($"P:{property.DeclaringType!.FullName}.{property.Name}", "summary"),
            Choices = type.FullName == OptionSet ? [.. Options(type, comments).Select(option => $"{option.Name}: {option.Meaning}")] : [],
            TypeName = Short(type),
            FullTypeName = type.FullName!,
            IsSwitch = type.FullName == Automation + "SwitchParameter",
            Values = Values(property, type),
            Aliases = Texts(Find(property, "AliasAttribute")),
            SupportsWildcards = Find(property, "SupportsWildcardsAttribute") is not null,
            Uses =
            [
                .. property.CustomAttributes
                    .Where(attribute => attribute.AttributeType.FullName == Automation + "ParameterAttribute")
                    .Select(attribute => new ParameterUse(
                        Named(attribute, "ParameterSetName") as string ?? ParameterUse.AllSets,
                        Named(attribute, "Mandatory") is true,
                        Named(attribute, "Position") as int?,
                        Named(attribute, "ValueFromPipeline") is true,
                        Named(attribute, "ValueFromPipelineByPropertyName") is true)),
            ],
        };
    }

    private static IReadOnlyList<string> Values(PropertyInfo property, Type type) =>
        type.IsEnum ? [.. type.GetEnumNames()] : Texts(Find(property, "ValidateSetAttribute"));

    private static ParameterHelp Common(string name, string description, string alias) => new()
    {
        Name = name,
        Description = description,
        TypeName = "SwitchParameter",
        FullTypeName = Automation + "SwitchParameter",
        IsSwitch = true,
        Aliases = [alias],
        Uses = [new ParameterUse(ParameterUse.AllSets, false, null, false, false)],
    };

    private static Type Nullable(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition().FullName == "System.Nullable`1" ? type.GetGenericArguments()[0] : type;

    private static string Short(Type type) => type.FullName switch
    {
        "System.String" => "string",
        "System.Int32" => "int",
        "System.Int64" => "long",
        "System.UInt64" => "ulong",
        "System.Double" => "double",
        "System.Object" => "Object",
        _ when type.IsArray => Short(type.GetElementType()!) + "[]",
        _ => type.Name,
    };

    private static IReadOnlyList<string> Texts(CustomAttributeData? attribute) =>
        attribute?.ConstructorArguments.FirstOrDefault().Value is IEnumerable<CustomAttributeTypedArgument> list
            ? [.. list.Select(argument => (string)argument.Value!)]
            : [];

    private static CustomAttributeData? Find(MemberInfo member, string name) =>
        member.CustomAttributes.FirstOrDefault(attribute => attribute.AttributeType.FullName == Automation + name);

    private static object? Named(CustomAttributeData attribute, string name) => attribute.NamedArguments
        .Where(argument => argument.MemberName == name).Select(argument => argument.TypedValue.Value).FirstOrDefault();
}
