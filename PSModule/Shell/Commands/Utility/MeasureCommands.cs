using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Counts objects, and sums, averages and compares their values.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "Object", DefaultParameterSetName = "GenericMeasure")]
[OutputType(typeof(GenericMeasureInfo), typeof(TextMeasureInfo), typeof(GenericObjectMeasureInfo))]
public sealed class MeasureObjectCommand : PSCmdlet
{
    private readonly Dictionary<string, Tally> _tallies = new(StringComparer.OrdinalIgnoreCase);
    private bool _nonNumeric;
    private readonly ValueComparer _comparer = new(true, CultureInfo.CurrentCulture);

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0)]
    public PSPropertyExpression[]? Property { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter StandardDeviation { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Sum { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter AllStats { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Average { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Maximum { get; set; }

    [Parameter(ParameterSetName = "GenericMeasure")]
    public SwitchParameter Minimum { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter Line { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter Word { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter Character { get; set; }

    [Parameter(ParameterSetName = "TextMeasure")]
    public SwitchParameter IgnoreWhiteSpace { get; set; }

    private bool MeasuresText => ParameterSetName == "TextMeasure";

    private bool NeedsNumbers => Sum || Average || StandardDeviation || AllStats;

    protected override void ProcessRecord()
    {
        if (InputObject is null)
        {
            return;
        }

        if (Property is null)
        {
            Add(string.Empty, InputObject.BaseObject is PSCustomObject ? InputObject : InputObject.BaseObject);
            return;
        }

        foreach (var expression in Property)
        {
            foreach (var resolved in expression.ResolveNames(InputObject, expand: true))
            {
                var values = resolved.GetValues(InputObject, expand: true, eatExceptions: true);
                if (values.Count > 0 && values[0].Result is { } value)
                {
                    Add(resolved.ToString(), value);
                }
            }
        }
    }

    protected override void EndProcessing()
    {
        if (Property is null)
        {
            WriteObject(Report(string.Empty, _tallies.GetValueOrDefault(string.Empty) ?? new Tally()));
            return;
        }

        foreach (var expression in Property)
        {
            var found = _tallies.Where(entry => WildcardPattern.Get(expression.ToString(), WildcardOptions.IgnoreCase)
                .IsMatch(entry.Key)).ToList();
            if (found.Count == 0 && !expression.HasWildCardCharacters)
            {
                found = [.. _tallies.Where(entry => entry.Key == expression.ToString())];
            }

            // As in PowerShell, a property that no object has gives nothing.
            found.ForEach(entry => WriteObject(Report(entry.Key, entry.Value)));
        }
    }

    private void Add(string property, object value)
    {
        if (!_tallies.TryGetValue(property, out var tally))
        {
            _tallies[property] = tally = new Tally();
        }

        tally.Count++;
        if (MeasuresText)
        {
            tally.AddText(PSObject.AsPSObject(value).ToString(), IgnoreWhiteSpace);
            return;
        }

        var bare = value is PSObject wrapped ? wrapped.BaseObject : value;
        if (NeedsNumbers && !AddNumber(tally, bare))
        {
            return;
        }

        if (Maximum || Minimum || AllStats)
        {
            AddExtremes(tally, bare);
        }
    }

    private bool AddNumber(Tally tally, object value)
    {
        if (LanguagePrimitives.TryConvertTo(value, CultureInfo.InvariantCulture, out double number) && value is not char)
        {
            tally.AddNumber(number);
            return true;
        }

        _nonNumeric = true;
        WriteError(new ErrorRecord(
            new PSInvalidOperationException($"Input object \"{value}\" is not numeric."),
            "NonNumericInputObject",
            ErrorCategory.InvalidType,
            value));
        return false;
    }

    private void AddExtremes(Tally tally, object value)
    {
        var comparable = value is string text && NeedsNumbers
            && LanguagePrimitives.TryConvertTo(text, out double number) ? number : value;
        if (tally.Maximum is null || _comparer.Compare(comparable, tally.Maximum) > 0)
        {
            tally.Maximum = comparable;
        }

        if (tally.Minimum is null || _comparer.Compare(comparable, tally.Minimum) < 0)
        {
            tally.Minimum = comparable;
        }
    }

    private MeasureInfo Report(string property, Tally tally)
    {
        var name = property.Length == 0 ? null : property;
        if (MeasuresText)
        {
            return new TextMeasureInfo
            {
                Property = name,
                Lines = Line ? tally.Lines : null,
                Words = Word ? tally.Words : null,
                Characters = Character ? tally.Characters : null,
            };
        }

        double? sum = (Sum || AllStats) && !_nonNumeric ? tally.Sum : null;
        double? average = (Average || AllStats) && !_nonNumeric && tally.Count > 0 ? tally.Sum / tally.Count : null;
        double? deviation = (StandardDeviation || AllStats) && !_nonNumeric ? tally.Deviation : null;
        var maximum = Maximum || AllStats ? tally.Maximum : null;
        var minimum = Minimum || AllStats ? tally.Minimum : null;
        if (Numeric(maximum) && Numeric(minimum))
        {
            return new GenericMeasureInfo
            {
                Property = name,
                Count = tally.Count,
                Sum = sum,
                Average = average,
                StandardDeviation = deviation,
                Maximum = Number(maximum),
                Minimum = Number(minimum),
            };
        }

        return new GenericObjectMeasureInfo
        {
            Property = name,
            Count = tally.Count,
            Sum = sum,
            Average = average,
            StandardDeviation = deviation,
            Maximum = maximum,
            Minimum = minimum,
        };
    }

    private static bool Numeric(object? value) =>
        value is null or byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal;

    private static double? Number(object? value) =>
        value is null ? null : Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private sealed class Tally
    {
        private double _mean;
        private double _squares;
        private int _numbers;

        internal int Count { get; set; }

        internal double Sum { get; private set; }

        internal object? Maximum { get; set; }

        internal object? Minimum { get; set; }

        internal int Lines { get; private set; }

        internal int Words { get; private set; }

        internal int Characters { get; private set; }

        internal double Deviation => _numbers < 2 ? 0 : Math.Sqrt(_squares / (_numbers - 1));

        internal void AddNumber(double number)
        {
            Sum += number;
            _numbers++;
            var distance = number - _mean;
            _mean += distance / _numbers;
            _squares += distance * (number - _mean);
        }

        internal void AddText(string text, bool ignoreWhiteSpace)
        {
            Lines += text.Length == 0 ? 0 : text.Count(character => character == '\n') + (text[^1] == '\n' ? 0 : 1);
            Words += text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            Characters += ignoreWhiteSpace ? text.Count(character => !char.IsWhiteSpace(character)) : text.Length;
        }
    }
}

/// <summary>Says how long a script block takes.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "Command")]
[OutputType(typeof(TimeSpan))]
public sealed class MeasureCommandCommand : PSCmdlet
{
    private readonly System.Diagnostics.Stopwatch _watch = new();

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    [Parameter(Position = 0, Mandatory = true)]
    public ScriptBlock Expression { get; set; } = ScriptBlock.Create(string.Empty);

    protected override void ProcessRecord()
    {
        _watch.Start();

        // The block runs in the caller's scope, so that what it assigns stays.
        InvokeCommand.InvokeScript(
            false, Expression, null, InputObject is null ? Array.Empty<object>() : [InputObject]);
        _watch.Stop();
    }

    protected override void EndProcessing() => WriteObject(_watch.Elapsed);
}
