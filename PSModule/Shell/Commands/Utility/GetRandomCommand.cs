using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>Gets a random number, or random members of a collection.</summary>
[Cmdlet(VerbsCommon.Get, "Random", DefaultParameterSetName = "RandomNumberParameterSet")]
public sealed class GetRandomCommand : PSCmdlet
{
    private const string Number = "RandomNumberParameterSet";
    private const string Pick = "RandomListItemParameterSet";
    private const string ShuffleSet = "ShuffleParameterSet";

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<System.Management.Automation.Runspaces.Runspace, Random>
        Generators = [];

    private readonly List<object?> _chosen = [];
    private int _seen;
    private Random _random = Random.Shared;

    [Parameter]
    public int? SetSeed { get; set; }

    [Parameter(Position = 0, ParameterSetName = Number)]
    public object? Maximum { get; set; }

    [Parameter(ParameterSetName = Number)]
    public object? Minimum { get; set; }

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = Pick, ValueFromPipeline = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = ShuffleSet, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[] InputObject { get; set; } = [];

    [Parameter(ParameterSetName = Number)]
    [Parameter(ParameterSetName = Pick)]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; } = 1;

    [Parameter(Mandatory = true, ParameterSetName = ShuffleSet)]
    public SwitchParameter Shuffle { get; set; }

    protected override void BeginProcessing()
    {
        var runspace = System.Management.Automation.Runspaces.Runspace.DefaultRunspace;
        if (SetSeed is { } seed)
        {
            Generators.AddOrUpdate(runspace, new Random(seed));
        }

        _random = Generators.GetValue(runspace, _ => new Random());
        if (ParameterSetName == Number)
        {
            WriteNumbers();
        }
    }

    protected override void ProcessRecord()
    {
        foreach (var item in InputObject)
        {
            // Reservoir sampling: every member has the same chance without knowing how many will come.
            _seen++;
            if (Shuffle || _chosen.Count < Count)
            {
                _chosen.Add(item);
            }
            else if (_random.Next(_seen) is var place && place < Count)
            {
                _chosen[place] = item;
            }
        }
    }

    protected override void EndProcessing()
    {
        var items = _chosen.ToArray();
        _random.Shuffle(items);
        foreach (var item in items)
        {
            WriteObject(item);
        }
    }

    private void WriteNumbers()
    {
        var maximum = Parsed(Maximum);
        var minimum = Parsed(Minimum) ?? 0;
        for (var i = 0; i < Count; i++)
        {
            if (maximum is double or float || minimum is double or float)
            {
                var low = Convert.ToDouble(minimum, CultureInfo.InvariantCulture);
                var high = maximum is null ? double.MaxValue : Convert.ToDouble(maximum, CultureInfo.InvariantCulture);
                Require(low < high, minimum, maximum);
                WriteObject(low + (_random.NextDouble() * (high - low)));
                continue;
            }

            var from = Convert.ToInt64(minimum, CultureInfo.InvariantCulture);
            var to = maximum is null ? int.MaxValue : Convert.ToInt64(maximum, CultureInfo.InvariantCulture);
            Require(from < to, minimum, maximum);
            var number = _random.NextInt64(from, to);
            WriteObject(maximum is long || minimum is long ? number : (object)(int)number);
        }
    }

    private static object? Parsed(object? value)
    {
        var bare = value is PSObject wrapped ? wrapped.BaseObject : value;
        return bare switch
        {
            null => null,
            int or long or double or float => bare,
            _ when LanguagePrimitives.TryConvertTo(bare, out int small) && bare is not decimal => small,
            _ when LanguagePrimitives.TryConvertTo(bare, out long large) && bare is not decimal => large,
            _ => LanguagePrimitives.ConvertTo<double>(bare),
        };
    }

    private void Require(bool ordered, object? minimum, object? maximum)
    {
        if (!ordered)
        {
            ThrowTerminatingError(new ErrorRecord(
                new ArgumentException(
                    $"The Minimum value ({minimum}) cannot be greater than or equal to the Maximum value ({maximum})."),
                "MinGreaterThanOrEqualMax",
                ErrorCategory.InvalidArgument,
                null));
        }
    }
}
