using System.Management.Automation;
using RaftKv.Shell.Engine;

namespace Microsoft.PowerShell.Commands;

/// <summary>Lists the approved verbs.</summary>
[Cmdlet(VerbsCommon.Get, "Verb")]
[OutputType(typeof(VerbInfo))]
public sealed class GetVerbCommand : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string[]? Verb { get; set; }

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateSet("Common", "Communications", "Data", "Diagnostic", "Lifecycle", "Other", "Security")]
    public string[]? Group { get; set; }

    protected override void ProcessRecord() => WriteObject(EngineAccess.Verbs(Verb, Group), enumerateCollection: true);
}
