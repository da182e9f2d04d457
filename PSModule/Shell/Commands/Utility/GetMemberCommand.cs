using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>One member of a type, as Get-Member tells it.</summary>
public sealed class MemberDefinition(string typeName, string name, PSMemberTypes memberType, string definition)
{
    public string TypeName { get; } = typeName;

    public string Name { get; } = name;

    public PSMemberTypes MemberType { get; } = memberType;

    public string Definition { get; } = definition;

    public override string ToString() => Definition;
}

/// <summary>Tells the members of objects, once for each type.</summary>
[Cmdlet(VerbsCommon.Get, "Member")]
[OutputType(typeof(MemberDefinition))]
public sealed class GetMemberCommand : PSCmdlet
{
    private const PSMemberTypes Extended = PSMemberTypes.AliasProperty | PSMemberTypes.CodeMethod
        | PSMemberTypes.CodeProperty | PSMemberTypes.MemberSet | PSMemberTypes.NoteProperty | PSMemberTypes.PropertySet
        | PSMemberTypes.ScriptMethod | PSMemberTypes.ScriptProperty;

    private readonly HashSet<string> _seen = [];

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    [Alias("Type")]
    public PSMemberTypes MemberType { get; set; } = PSMemberTypes.All;

    [Parameter]
    public PSMemberViewTypes View { get; set; } = PSMemberViewTypes.Adapted | PSMemberViewTypes.Extended;

    [Parameter]
    public SwitchParameter Static { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }

        var shown = InputObject.BaseObject as Type ?? InputObject.BaseObject.GetType();
        var type = Static ? shown.FullName! : InputObject.TypeNames.FirstOrDefault() ?? typeof(PSObject).FullName!;
        if (!_seen.Add(type))
        {
            return;
        }

        var members = Static ? Matching(EngineAccess.StaticMembers(InputObject), MemberType) : Members();
        foreach (var member in members.OrderBy(member => member.Name, StringComparer.InvariantCultureIgnoreCase)
            .OrderBy(member => Rank(member.MemberType)))
        {
            WriteObject(new MemberDefinition(type, member.Name, member.MemberType, member.ToString() ?? string.Empty));
        }
    }

    protected override void EndProcessing()
    {
        if (_seen.Count == 0)
        {
            WriteError(new ErrorRecord(
                new InvalidOperationException("You must specify an object for the Get-Member cmdlet."),
                "NoObjectInGetMember",
                ErrorCategory.CloseError,
                null));
        }
    }

    private static int Rank(PSMemberTypes type) => type switch
    {
        PSMemberTypes.AliasProperty => 0,
        PSMemberTypes.CodeMethod => 1,
        PSMemberTypes.Event => 2,
        PSMemberTypes.Method => 3,
        _ => 4 + (int)Math.Log2((int)type),
    };

    private static bool IsAccessor(PSMemberInfo member) =>
        member is PSMethod && (member.Name.StartsWith("get_", StringComparison.Ordinal)
            || member.Name.StartsWith("set_", StringComparison.Ordinal)
            || member.Name.StartsWith("add_", StringComparison.Ordinal)
            || member.Name.StartsWith("remove_", StringComparison.Ordinal)
            || member.Name.StartsWith("op_", StringComparison.Ordinal)
            || member.Name == ".ctor");

    private static bool IsEngineSet(PSMemberInfo member) =>
        member.Name is "psbase" or "psadapted" or "psextended" or "psobject" or "pstypenames";

    private IEnumerable<PSMemberInfo> Members()
    {
        var wanted = View switch
        {
            PSMemberViewTypes.Extended => MemberType & Extended,
            PSMemberViewTypes.Adapted or PSMemberViewTypes.Base => MemberType & ~Extended,
            _ => MemberType,
        };
        return Matching(InputObject!.Members, wanted);
    }

    private IEnumerable<PSMemberInfo> Matching(PSMemberInfoCollection<PSMemberInfo> members, PSMemberTypes wanted) =>
        Name.SelectMany(name => members.Match(name, wanted))
            .DistinctBy(member => member.Name, StringComparer.OrdinalIgnoreCase)
            .Where(member => Force || (!IsAccessor(member) && !IsEngineSet(member)));
}
