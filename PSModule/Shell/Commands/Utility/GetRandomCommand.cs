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

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<System.Management.Automation.Runspaces.Runspace, SeededDraws>
        Generators = [];

    private readonly List<object?> _chosen = [];
    private int _seen;
    private SeededDraws _random = null!;

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
            Generators.AddOrUpdate(runspace, new SeededDraws(new Random(seed)));
        }

        _random = Generators.GetValue(runspace, _ => new SeededDraws(new Random()));
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
            else if (_random.Next(0, _seen) < Count)
            {
                _chosen[_random.Next(0, Count)] = item;
            }
        }
    }

    protected override void EndProcessing()
    {
        for (var i = 0; i < _chosen.Count; i++)
        {
            var drawn = _random.Next(i, _chosen.Count);
            WriteObject(_chosen[drawn]);
            _chosen[drawn] = _chosen[i];
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
                WriteObject(low + (_random.Fraction() * (high - low)));
                continue;
            }

            var from = Convert.ToInt64(minimum, CultureInfo.InvariantCulture);
            var to = maximum is null ? (minimum is long ? long.MaxValue : int.MaxValue) : Convert.ToInt64(maximum, CultureInfo.InvariantCulture);
            Require(from < to, minimum, maximum);
            var large = maximum is long || minimum is long;
            WriteObject(large ? _random.NextLarge(from, to) : (object)_random.Next((int)from, (int)to));
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

/// <summary>Draws numbers from a seeded source as PowerShell does, so that the same seed gives the same numbers.</summary>
internal sealed class SeededDraws(Random source)
{
    private readonly byte[] _bytes = new byte[sizeof(ulong)];

    /// <summary>A number from 0 up to, but not including, 1.</summary>
    internal double Fraction()
    {
        var sample = Draw();
        return (sample < 0 ? sample + int.MaxValue : sample) * (1.0 / int.MaxValue);
    }

    /// <summary>A whole number; the upper bound is not included.</summary>
    internal int Next(int from, int to)
    {
        var range = (long)to - from;
        if (range <= int.MaxValue)
        {
            return (int)(Fraction() * range) + from;
        }

        // A sample of all 32 bits, moved up to begin at zero.
        return (int)((long)((Draw() + (double)int.MaxValue) * (1.0 / (2 * (uint)int.MaxValue)) * range) + from);
    }

    /// <summary>A whole number of 64 bits: random bits until they fall into the range.</summary>
    internal long NextLarge(long from, long to)
    {
        var range = (ulong)to - (ulong)from;
        if (range <= int.MaxValue)
        {
            return from + Next(0, (int)range);
        }

        var mask = ulong.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(range);
        ulong drawn;
        do
        {
            source.NextBytes(_bytes);
            drawn = BitConverter.ToUInt64(_bytes) & mask;
        }
        while (drawn >= range);

        return (long)((from * 1.0) + (drawn * 1.0));
    }

    /// <summary>32 random bits, except the largest number, which would make a fraction of 1.</summary>
    private int Draw()
    {
        while (true)
        {
            source.NextBytes(_bytes.AsSpan(0, sizeof(int)));
            if (BitConverter.ToInt32(_bytes) is var sample and not int.MaxValue)
            {
                return sample;
            }
        }
    }
}
