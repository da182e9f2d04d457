using System.Globalization;

namespace RaftKv.Tests.Simulation;

/// <summary>What the command line asks of the simulation.</summary>
internal sealed record SimulateOptions
{
    public const string Usage =
        """
        usage: simulate [--seeds N] [--first S] [--minutes M] [--servers N] [--bug NAME] [--faults NAMES] [--rarity N] [--jobs N] [--transcript]
               simulate --bugs [--rounds N] [--limit N] [--first S] [--bug NAME] [--jobs N] [--record]

          --seeds N      how many seeds to run; default 100, without a bound when --minutes is given
          --first S      the first seed; default 1
          --minutes M    begin no further seed after this time
          --servers N    as many servers in every seed, instead of what the seed says
          --bug NAME     plant a bug, to see that it is found
          --faults NAMES of the faults that can be left out, those that may happen, with commas between: None, Usual, All or names
          --rarity N     have the faults that can be left out in so much fewer seeds, but for NewIdentity and ChangingLists; default 4
          --jobs N       run so many seeds at once; default 1
          --transcript   print all events of a seed that fails, instead of the last ones
          --bugs         measure how many seeds it takes to find each planted bug
          --rounds N     over so many ranges of seeds; default 5
          --limit N      give a bug up after so many seeds of a range; default 2000
          --record       write the table into the simulation's README.md
        """;

    public long? Seeds { get; init; }

    public ulong First { get; init; } = 1;

    public double? Minutes { get; init; }

    public int? Servers { get; init; }

    public PlantedBug Bug { get; init; } = PlantedBug.None;

    public FaultKinds Faults { get; init; } = FaultKinds.Usual;

    public int Rarity { get; init; } = WorldOptions.UsualRarity;

    public int Jobs { get; init; } = 1;

    public bool Transcript { get; init; }

    public bool MeasuresBugs { get; init; }

    /// <summary>Whether the table of planted bugs is written into the page about the simulation.</summary>
    public bool Records { get; init; }

    public int Rounds { get; init; } = 5;

    public int Limit { get; init; } = 2000;

    public long SeedCount => Seeds ?? (Minutes is null ? 100 : long.MaxValue / 2);

    /// <exception cref="ArgumentException">An argument is not understood; the message says which.</exception>
    public static SimulateOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new SimulateOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{name} needs a value.");
            long Number(long lowest, long highest) =>
                long.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest
                    ? number
                    : throw new ArgumentException($"{name} is '{arguments[i]}': give a whole number from {lowest} to {highest}.");
            options = name switch
            {
                "--seeds" => options with { Seeds = Number(1, int.MaxValue) },
                "--first" => options with { First = (ulong)Number(0, long.MaxValue) },
                "--minutes" => options with { Minutes = Number(1, 100_000) },
                "--servers" => options with { Servers = (int)Number(3, 31) },
                "--bug" => options with { Bug = PlantedBug.Of(Value()) },
                "--faults" => options with { Faults = FaultsIn(Value()) },
                "--rarity" => options with { Rarity = (int)Number(1, 1000) },
                "--jobs" => options with { Jobs = (int)Number(1, 64) },
                "--transcript" => options with { Transcript = true },
                "--bugs" => options with { MeasuresBugs = true },
                "--record" => options with { Records = true },
                "--rounds" => options with { Rounds = (int)Number(1, 1000) },
                "--limit" => options with { Limit = (int)Number(1, int.MaxValue) },
                _ => throw new ArgumentException($"{name} is not understood."),
            };
        }

        return options;
    }

    public WorldOptions World(ulong seed) => new(seed) { Bug = Bug, Servers = Servers, Faults = Faults, Rarity = Rarity };

    private static FaultKinds FaultsIn(string names) => Enum.TryParse<FaultKinds>(names, ignoreCase: true, out var faults) && (faults & ~FaultKinds.All) == 0
        ? faults
        : throw new ArgumentException($"--faults is '{names}': give names with commas between: {string.Join(", ", Enum.GetNames<FaultKinds>())}.");
}
