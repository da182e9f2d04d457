using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>The parts of a date that are shown.</summary>
public enum DisplayHintType
{
    Date,
    Time,
    DateTime,
}

/// <summary>Gets the current date, or one composed of parts.</summary>
[Cmdlet(VerbsCommon.Get, "Date", DefaultParameterSetName = "DateAndFormat")]
[OutputType(typeof(string), typeof(DateTime))]
public sealed class GetDateCommand : PSCmdlet
{
    private const string UnixSeconds = "UnixTimeSecondsAndFormat";
    private const string UnixSecondsFormatted = "UnixTimeSecondsAndUFormat";

    [Parameter(Position = 0, ParameterSetName = "DateAndFormat", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, ParameterSetName = "DateAndUFormat", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("LastWriteTime")]
    public DateTime Date { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = UnixSeconds)]
    [Parameter(Mandatory = true, ParameterSetName = UnixSecondsFormatted)]
    [Alias("UnixTime")]
    public long UnixTimeSeconds { get; set; }

    [Parameter]
    [ValidateRange(1, 9999)]
    public int Year { get; set; }

    [Parameter]
    [ValidateRange(1, 12)]
    public int Month { get; set; }

    [Parameter]
    [ValidateRange(1, 31)]
    public int Day { get; set; }

    [Parameter]
    [ValidateRange(0, 23)]
    public int Hour { get; set; }

    [Parameter]
    [ValidateRange(0, 59)]
    public int Minute { get; set; }

    [Parameter]
    [ValidateRange(0, 59)]
    public int Second { get; set; }

    [Parameter]
    [ValidateRange(0, 999)]
    public int Millisecond { get; set; }

    [Parameter]
    public DisplayHintType DisplayHint { get; set; } = DisplayHintType.DateTime;

    [Parameter(Mandatory = true, ParameterSetName = "DateAndUFormat")]
    [Parameter(Mandatory = true, ParameterSetName = UnixSecondsFormatted)]
    public string? UFormat { get; set; }

    [Parameter(ParameterSetName = "DateAndFormat")]
    [Parameter(ParameterSetName = UnixSeconds)]
    public string? Format { get; set; }

    [Parameter]
    public SwitchParameter AsUTC { get; set; }

    protected override void ProcessRecord()
    {
        var date = Bound(nameof(Date)) ? Date
            : Bound(nameof(UnixTimeSeconds)) ? DateTimeOffset.FromUnixTimeSeconds(UnixTimeSeconds).LocalDateTime
            : DateTime.Now;
        date = WithParts(date);
        if (AsUTC)
        {
            date = date.ToUniversalTime();
        }

        if (UFormat is not null)
        {
            WriteObject(UnixFormat(date, UFormat));
        }
        else if (Format is not null)
        {
            WriteObject(date.ToString(Named(Format), CultureInfo.CurrentCulture));
        }
        else
        {
            var result = new PSObject(date);
            result.Properties.Add(new PSNoteProperty("DisplayHint", DisplayHint));
            WriteObject(result);
        }
    }

    private static string Named(string format) => format.ToUpperInvariant() switch
    {
        "FILEDATE" => "yyyyMMdd",
        "FILEDATEUNIVERSAL" => "yyyyMMddZ",
        "FILEDATETIME" => "yyyyMMddTHHmmssffff",
        "FILEDATETIMEUNIVERSAL" => "yyyyMMddTHHmmssffffZ",
        _ => format,
    };

    private static string UnixFormat(DateTime date, string format)
    {
        var text = format.StartsWith('+') ? format[1..] : format;
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            result.Append(text[i] == '%' && i + 1 < text.Length ? UnixPart(date, text[++i]) : text[i].ToString());
        }

        return result.ToString();
    }

    private static string UnixPart(DateTime date, char letter)
    {
        var culture = CultureInfo.CurrentCulture;
        string Text(string pattern) => date.ToString(pattern, culture);
        return letter switch
        {
            'A' => Text("dddd"),
            'a' => Text("ddd"),
            'B' => Text("MMMM"),
            'b' or 'h' => Text("MMM"),
            'C' => (date.Year / 100).ToString(culture),
            'c' => Text("ddd dd MMM yyyy HH:mm:ss"),
            'D' or 'x' => Text("MM/dd/yy"),
            'd' => Text("dd"),
            'e' => $"{date.Day,2}",
            'F' => Text("yyyy-MM-dd"),
            'G' => ISOWeek.GetYear(date).ToString(culture),
            'g' => (ISOWeek.GetYear(date) % 100).ToString("00", culture),
            'H' => Text("HH"),
            'I' => Text("hh"),
            'j' => date.DayOfYear.ToString("000", culture),
            'k' => $"{date.Hour,2}",
            'l' => $"{(date.Hour + 11) % 12 + 1,2}",
            'M' => Text("mm"),
            'm' => Text("MM"),
            'n' => "\n",
            'p' => Text("tt"),
            'R' => Text("HH:mm"),
            'r' => Text("hh:mm:ss tt"),
            'S' => Text("ss"),
            's' => new DateTimeOffset(date).ToUnixTimeSeconds().ToString(culture),
            'T' or 'X' => Text("HH:mm:ss"),
            't' => "\t",
            'U' or 'W' => (date.DayOfYear / 7).ToString(culture),
            'u' => (date.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)date.DayOfWeek).ToString(culture),
            'V' => ISOWeek.GetWeekOfYear(date).ToString("00", culture),
            'w' => ((int)date.DayOfWeek).ToString(culture),
            'Y' => Text("yyyy"),
            'y' => Text("yy"),
            'Z' => Text("zz"),
            '%' => "%",
            _ => letter.ToString(),
        };
    }

    private bool Bound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private DateTime WithParts(DateTime date)
    {
        date = Bound(nameof(Year)) ? date.AddYears(Year - date.Year) : date;
        date = Bound(nameof(Month)) ? date.AddMonths(Month - date.Month) : date;
        date = Bound(nameof(Day)) ? date.AddDays(Day - date.Day) : date;
        date = Bound(nameof(Hour)) ? date.AddHours(Hour - date.Hour) : date;
        date = Bound(nameof(Minute)) ? date.AddMinutes(Minute - date.Minute) : date;
        date = Bound(nameof(Second)) ? date.AddSeconds(Second - date.Second) : date;
        return Bound(nameof(Millisecond))
            ? date.AddTicks(-(date.Ticks % TimeSpan.TicksPerSecond)).AddMilliseconds(Millisecond)
            : date;
    }
}

/// <summary>Makes a span of time.</summary>
[Cmdlet(VerbsCommon.New, "TimeSpan", DefaultParameterSetName = "Date")]
[OutputType(typeof(TimeSpan))]
public sealed class NewTimeSpanCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Date", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("LastWriteTime")]
    public DateTime? Start { get; set; }

    [Parameter(Position = 1, ParameterSetName = "Date", ValueFromPipelineByPropertyName = true)]
    public DateTime? End { get; set; }

    [Parameter(ParameterSetName = "Time")]
    public int Days { get; set; }

    [Parameter(ParameterSetName = "Time")]
    public int Hours { get; set; }

    [Parameter(ParameterSetName = "Time")]
    public int Minutes { get; set; }

    [Parameter(ParameterSetName = "Time")]
    public int Seconds { get; set; }

    [Parameter(ParameterSetName = "Time")]
    public int Milliseconds { get; set; }

    protected override void ProcessRecord()
    {
        if (ParameterSetName == "Time")
        {
            WriteObject(new TimeSpan(Days, Hours, Minutes, Seconds, Milliseconds));
            return;
        }

        var now = DateTime.Now;
        WriteObject((End ?? now) - (Start ?? now));
    }
}

/// <summary>Waits.</summary>
[Cmdlet(VerbsLifecycle.Start, "Sleep", DefaultParameterSetName = "Seconds")]
public sealed class StartSleepCommand : PSCmdlet, IDisposable
{
    private readonly ManualResetEventSlim _stopped = new();

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Seconds", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0.0, 2147483.0)]
    public double Seconds { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Milliseconds", ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, int.MaxValue)]
    [Alias("ms")]
    public int Milliseconds { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "FromTimeSpan", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ts")]
    public TimeSpan Duration { get; set; }

    public void Dispose() => _stopped.Dispose();

    protected override void ProcessRecord() => _stopped.Wait(ParameterSetName switch
    {
        "Milliseconds" => TimeSpan.FromMilliseconds(Milliseconds),
        "FromTimeSpan" => Duration,
        _ => TimeSpan.FromSeconds(Seconds),
    });

    protected override void StopProcessing() => _stopped.Set();
}
