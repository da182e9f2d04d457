using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using System.Xml.Linq;
using RaftKv.Bridge;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.PSModule;

/// <summary>Rules that every cmdlet keeps, read from the compiled classes and from what ships as text.</summary>
public sealed class ModuleShapeTests
{
    private static readonly Assembly Module = typeof(RaftCluster).Assembly;

    private static readonly Type[] Cmdlets =
        [.. Module.GetExportedTypes().Where(type => !type.IsAbstract && typeof(Cmdlet).IsAssignableFrom(type))];

    private static string ModuleFolder => Path.Combine(Repository.Root, "PSModule", "RaftKv");

    [Fact]
    public void Manifest_ExportsExactlyTheCmdletClasses()
    {
        Assert.Equal(Cmdlets.Select(NameOf).Order(StringComparer.Ordinal), ManifestList("CmdletsToExport").Order(StringComparer.Ordinal));
        Assert.Empty(ManifestList("FunctionsToExport").Concat(ManifestList("AliasesToExport")).Concat(ManifestList("VariablesToExport")));
    }

    [Fact]
    public void Cmdlets_HaveApprovedVerbsTheNounsPrefixAndAClassAndFileOfTheirName()
    {
        Type[] verbClasses =
            [typeof(VerbsCommon), typeof(VerbsLifecycle), typeof(VerbsCommunications), typeof(VerbsData), typeof(VerbsDiagnostic), typeof(VerbsOther), typeof(VerbsSecurity)];
        HashSet<string> approved = [.. verbClasses.SelectMany(type => type.GetFields()).Select(field => (string)field.GetRawConstantValue()!)];
        string[] files = [.. Directory.GetFiles(ModuleFolder, "*Command.cs", SearchOption.AllDirectories).Select(path => Path.GetFileNameWithoutExtension(path)!)];
        foreach (Type type in Cmdlets)
        {
            CmdletAttribute cmdlet = type.GetCustomAttribute<CmdletAttribute>()!;
            Assert.Contains(cmdlet.VerbName, approved);
            Assert.StartsWith("Raft", cmdlet.NounName, StringComparison.Ordinal);
            Assert.Equal($"{cmdlet.VerbName}{cmdlet.NounName}Command", type.Name);
            Assert.Equal("RaftKv.Commands", type.Namespace);
            Assert.Contains(type.Name, files);
            Assert.NotNull(type.GetCustomAttribute<OutputTypeAttribute>());
        }
    }

    [Fact]
    public void Cmdlets_ThatChangeSomething_CanBeAskedWhatTheyWouldDo()
    {
        string[] harmless = ["Get", "Wait", "Connect", "Disconnect", "Test", "Watch", "Compare"];
        foreach (Type type in Cmdlets)
        {
            CmdletAttribute cmdlet = type.GetCustomAttribute<CmdletAttribute>()!;
            bool changesNothing = harmless.Contains(cmdlet.VerbName) || type == typeof(Commands.NewRaftPartitionCommand);
            Assert.True(cmdlet.SupportsShouldProcess != changesNothing, NameOf(type));
        }

        Assert.Equal(ConfirmImpact.High, typeof(Commands.RemoveRaftClusterCommand).GetCustomAttribute<CmdletAttribute>()!.ConfirmImpact);
    }

    [Fact]
    public void Parameters_OfOneName_HaveOneTypeEverywhereButWhereKnown()
    {
        // A key is one for a write and several for a read or removal; a name is one to start or connect and many to list;
        // a cluster has one count and one preset, a measurement one number of clients, and an experiment goes through several.
        string[] known = ["Key", "Name", "ServerCount", "ClientCount", "Preset"];
        var types = Cmdlets.SelectMany(type => ParametersOf(type)).GroupBy(property => property.Name).Where(group => !known.Contains(group.Key));
        foreach (IGrouping<string, PropertyInfo> group in types)
        {
            Assert.True(1 == group.Select(property => property.PropertyType).Distinct().Count(), group.Key);
        }
    }

    /// <summary>As in <c>Get-ChildItem | Set-RaftValue -Key { $_.Name }</c>. Where a parameter takes any object, PowerShell hands it the block itself.</summary>
    [Fact]
    public void Parameters_ThatThePipelineFills_AreFilledByAScriptBlockToo()
    {
        foreach (PropertyInfo property in Cmdlets.SelectMany(ParametersOf)
            .Where(property => property.GetCustomAttributes<ParameterAttribute>().Any(parameter => parameter.ValueFromPipeline || parameter.ValueFromPipelineByPropertyName)))
        {
            Type type = property.PropertyType.GetElementType() ?? property.PropertyType;
            Assert.False(type == typeof(object) || type.IsAssignableTo(typeof(ScriptBlock)), $"{property.DeclaringType!.Name} -{property.Name}");
        }
    }

    [Fact]
    public void Waits_TakeSecondsUnderBothNames()
    {
        PropertyInfo[] timeouts = [.. Cmdlets.SelectMany(ParametersOf).Where(property => property.Name.Contains("Timeout", StringComparison.Ordinal))];
        Assert.NotEmpty(timeouts);
        Assert.All(timeouts, property =>
        {
            Assert.Equal("TimeoutSec", property.Name);
            Assert.Contains("Timeout", property.GetCustomAttribute<AliasAttribute>()!.AliasNames);
        });
    }

    [Fact]
    public void PublicTypes_CanBeLoadedBeforeTheBridgeStands()
    {
        HashSet<string?> bridged = [.. ModuleBridge.BridgedNames];
        bool IsBridged(Type type) => bridged.Contains(type.Assembly.GetName().Name) || (type.IsGenericType && type.GetGenericArguments().Any(IsBridged));
        foreach (Type type in Module.GetExportedTypes())
        {
            const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            Assert.False(type.BaseType is { } parent && IsBridged(parent), type.FullName);
            Assert.DoesNotContain(type.GetInterfaces(), IsBridged);
            Assert.All(type.GetFields(All), field => Assert.False(field.FieldType.IsValueType && IsBridged(field.FieldType), $"{type}.{field.Name}"));
            Assert.All(type.GetProperties(), property => Assert.False(IsBridged(property.PropertyType), $"{type}.{property.Name}"));
            Assert.All(type.GetCustomAttributesData().Concat(type.GetMembers(All).SelectMany(member => member.GetCustomAttributesData())), attribute =>
                Assert.DoesNotContain(attribute.ConstructorArguments, argument => argument.Value is Type value && IsBridged(value)));
        }
    }

    [Fact]
    public void Views_ExistForEveryOutput_WithAtMostSixColumnsThatExist()
    {
        XDocument format = XDocument.Load(Path.Combine(ModuleFolder, "Module", "RaftKv.Format.ps1xml"));
        var views = format.Descendants("View").ToDictionary(view => view.Descendants("TypeName").Single().Value);
        IEnumerable<Type> outputs = Cmdlets.SelectMany(type => type.GetCustomAttributes<OutputTypeAttribute>())
            .SelectMany(attribute => attribute.Type).Select(type => type.Type).Where(type => type?.Assembly == Module).Distinct();
        foreach (Type type in outputs)
        {
            Assert.True(views.TryGetValue(type.FullName!, out XElement? view), type.FullName);
            string[] columns = [.. view!.Descendants("TableColumnItem").Select(item => item.Element("PropertyName")!.Value)];
            Assert.InRange(columns.Length, 1, 6);
            Assert.Equal(columns.Length, view.Descendants("TableColumnHeader").Count());
            Assert.All(columns, column => Assert.NotNull(type.GetProperty(column)));
        }
    }

    private static string NameOf(Type type)
    {
        CmdletAttribute cmdlet = type.GetCustomAttribute<CmdletAttribute>()!;
        return $"{cmdlet.VerbName}-{cmdlet.NounName}";
    }

    private static IEnumerable<PropertyInfo> ParametersOf(Type type) =>
        type.GetProperties().Where(property => property.IsDefined(typeof(ParameterAttribute)));

    private static List<string> ManifestList(string key)
    {
        Ast manifest = Parser.ParseFile(Path.Combine(ModuleFolder, "Module", "RaftKv.psd1"), out _, out ParseError[] errors);
        Assert.Empty(errors);
        var table = (HashtableAst)manifest.Find(ast => ast is HashtableAst, false);
        StatementAst value = table.KeyValuePairs.Single(pair => pair.Item1.ToString() == key).Item2;
        return [.. value.FindAll(ast => ast is StringConstantExpressionAst, false).Cast<StringConstantExpressionAst>().Select(text => text.Value)];
    }
}
