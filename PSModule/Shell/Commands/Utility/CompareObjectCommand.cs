using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>One difference that Compare-Object found is a custom object; this finds them.</summary>
[Cmdlet(VerbsData.Compare, "Object")]
public sealed class CompareObjectCommand : PSCmdlet
{
    private readonly List<PSObject> _difference = [];
    private List<PropertySpecification> _properties = [];
    private ValueComparer _comparer = new(true, CultureInfo.CurrentCulture);

    [Parameter(Position = 0, Mandatory = true)]
    [AllowEmptyCollection]
    public PSObject[] ReferenceObject { get; set; } = [];

    [Parameter(Position = 1, Mandatory = true, ValueFromPipeline = true)]
    [AllowEmptyCollection]
    public PSObject[] DifferenceObject { get; set; } = [];

    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int SyncWindow { get; set; } = int.MaxValue;

    [Parameter]
    public object[] Property { get; set; } = [];

    [Parameter]
    public SwitchParameter ExcludeDifferent { get; set; }

    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter]
    public string? Culture { get; set; }

    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    protected override void BeginProcessing()
    {
        _properties = PropertySpecification.Parse(this, Property);
        var culture = Culture is null ? CultureInfo.CurrentCulture : CultureInfo.GetCultureInfo(Culture);
        _comparer = new ValueComparer(!CaseSensitive, culture);
    }

    protected override void ProcessRecord() => _difference.AddRange(DifferenceObject);

    protected override void EndProcessing()
    {
        var left = ReferenceObject.Select((item, i) => (Item: item, Index: i)).ToList();
        var onlyRight = new List<PSObject>();
        for (var i = 0; i < _difference.Count; i++)
        {
            var match = left.FindIndex(candidate =>
                Math.Abs((long)candidate.Index - i) <= SyncWindow && Same(candidate.Item, _difference[i]));
            if (match < 0)
            {
                onlyRight.Add(_difference[i]);
                continue;
            }

            if (IncludeEqual || ExcludeDifferent)
            {
                Write(left[match].Item, "==");
            }

            left.RemoveAt(match);
        }

        if (ExcludeDifferent)
        {
            return;
        }

        onlyRight.ForEach(item => Write(item, "=>"));
        left.ForEach(entry => Write(entry.Item, "<="));
    }

    private bool Same(PSObject a, PSObject b)
    {
        if (_properties.Count > 0)
        {
            return _properties.TrueForAll(property =>
                _comparer.AreEqual(property.Value(a, out _), property.Value(b, out _)));
        }

        return a is null || b is null ? a is null && b is null : _comparer.AreEqual(a, b);
    }

    private void Write(PSObject item, string side)
    {
        if (PassThru)
        {
            var shown = PSObject.AsPSObject(item);
            shown.Members.Remove("SideIndicator");
            shown.Properties.Add(new PSNoteProperty("SideIndicator", side));
            WriteObject(shown);
            return;
        }

        var result = new PSObject();
        if (_properties.Count == 0)
        {
            result.Properties.Add(new PSNoteProperty("InputObject", item));
        }

        foreach (var property in _properties)
        {
            result.Properties.Add(new PSNoteProperty(
                property.Label ?? property.Expression.ToString(), property.Value(item, out _)));
        }

        result.Properties.Add(new PSNoteProperty("SideIndicator", side));
        WriteObject(result);
    }
}
