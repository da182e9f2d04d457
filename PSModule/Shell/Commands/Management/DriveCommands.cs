using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Gets drives.</summary>
[Cmdlet(VerbsCommon.Get, "PSDrive", DefaultParameterSetName = "Name")]
[OutputType(typeof(PSDriveInfo))]
public sealed class GetPSDriveCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Name", ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = ["*"];

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "LiteralName", ValueFromPipelineByPropertyName = true)]
    public string[]? LiteralName { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string[]? PSProvider { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Scope { get; set; }

    protected override void ProcessRecord()
    {
        var drives = Scope is null ? SessionState.Drive.GetAll() : SessionState.Drive.GetAllAtScope(Scope);
        foreach (var name in LiteralName ?? Name)
        {
            var pattern = WildcardPattern.Get(
                LiteralName is null ? name : WildcardPattern.Escape(name), WildcardOptions.IgnoreCase);
            var found = drives.Where(drive => pattern.IsMatch(drive.Name))
                .Where(drive => PSProvider is null
                    || PSProvider.Contains(drive.Provider.Name, StringComparer.OrdinalIgnoreCase))
                .OrderBy(drive => drive.Name, StringComparer.OrdinalIgnoreCase)
                .ToList();
            found.ForEach(WriteObject);
            if (found.Count == 0 && (LiteralName is not null || !WildcardPattern.ContainsWildcardCharacters(name)))
            {
                WriteError(new ErrorRecord(
                    new System.Management.Automation.DriveNotFoundException($"Cannot find drive. A drive with the name '{name}' does not exist."),
                    "GetLocationNoMatchingDrive",
                    ErrorCategory.ObjectNotFound,
                    name));
            }
        }
    }
}

/// <summary>Makes a drive.</summary>
[Cmdlet(VerbsCommon.New, "PSDrive", SupportsShouldProcess = true)]
[OutputType(typeof(PSDriveInfo))]
public sealed class NewPSDriveCommand : ProviderCommand
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Position = 1, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string PSProvider { get; set; } = string.Empty;

    [Parameter(Position = 2, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Root { get; set; } = string.Empty;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Description { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string Scope { get; set; } = "local";

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public PSCredential? Credential { get; set; }

    internal override bool Literal => false;

    protected override void ProcessRecord() => Guarded(() =>
    {
        var provider = SessionState.Provider.GetOne(PSProvider);
        if (ShouldProcess($"Name: {Name} Provider: {provider.Name} Root: {Root}", "New drive"))
        {
            var drive = new PSDriveInfo(Name, provider, Root, Description, Credential);
            WriteObject(SessionState.Drive.New(drive, Scope));
        }
    });
}

/// <summary>Removes drives.</summary>
[Cmdlet(VerbsCommon.Remove, "PSDrive", SupportsShouldProcess = true)]
public sealed class RemovePSDriveCommand : ProviderCommand
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string Scope { get; set; } = "local";

    internal override bool Literal => false;

    protected override void ProcessRecord()
    {
        foreach (var name in Name)
        {
            Guarded(() =>
            {
                var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
                var found = WildcardPattern.ContainsWildcardCharacters(name)
                    ? SessionState.Drive.GetAll().Where(drive => pattern.IsMatch(drive.Name)).ToList()
                    : [SessionState.Drive.Get(name)];
                foreach (var drive in found.Where(drive => ShouldProcess(drive.Name, "Remove drive")))
                {
                    SessionState.Drive.Remove(drive.Name, Force, Scope);
                }
            });
        }
    }
}
