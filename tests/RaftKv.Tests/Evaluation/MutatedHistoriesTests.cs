using System.Globalization;
using RaftKv.Evaluation.Checking;
using static RaftKv.Evaluation.Checking.HistoryOperationKind;

namespace RaftKv.Tests.Evaluation;

/// <summary>
/// Small histories that are good by construction, written in the formats of others, and then spoilt in one place: whatever
/// trying all orders calls wrong is rejected, and nothing else.
/// </summary>
public sealed class MutatedHistoriesTests : IDisposable
{
    private const int Rounds = 3000;

    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData(HistoryFormat.JepsenRegister)]
    [InlineData(HistoryFormat.Keyed)]
    public void CheckFile_AGoodHistoryAndOneThatIsSpoilt_AgreesWithTryingAllOrders(HistoryFormat format)
    {
        var random = new Random(20261127);
        int rejected = 0, stillGood = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var calls = Good(random, format);
            Assert.Equal(Verdict.Linearizable, Check(format, calls, out var good));
            Assert.True(IsLinearizable(good));
            if (!Spoil(random, calls))
            {
                continue;
            }

            var verdict = Check(format, calls, out var spoilt);
            Assert.Equal(IsLinearizable(spoilt) ? Verdict.Linearizable : Verdict.NotLinearizable, verdict);
            _ = verdict == Verdict.Linearizable ? stillGood++ : rejected++;
        }

        // The comparison says something only if both occur often.
        Assert.InRange(rejected, Rounds / 10, Rounds);
        Assert.InRange(stillGood, Rounds / 50, Rounds);
    }

    [Fact]
    public void Check_OneWrongReadInALongHistory_TheWindowHoldsOnlyWhatWasUnderWay()
    {
        var operations = Enumerable.Range(0, 500).SelectMany(i => new[]
        {
            new HistoryOperation { Process = 1, Kind = Put, Value = $"{i}", InvokeLine = (6 * i) + 1, ReturnLine = (6 * i) + 2 },
            new HistoryOperation { Process = 1, Kind = Get, ReadValue = $"{i}", InvokeLine = (6 * i) + 3, ReturnLine = (6 * i) + 5 },
            new HistoryOperation { Process = 2, Kind = Get, ReadValue = $"{i}", InvokeLine = (6 * i) + 4, ReturnLine = (6 * i) + 6 },
        }).ToArray();
        operations[751] = operations[751] with { ReadValue = "248" };
        var window = LinearizabilityChecker.Check(new History { Operations = operations }).Window!;
        Assert.Equal((operations[751], 1503, 1505), (window.Impossible, window.FirstLine, window.LastLine));
        Assert.Equal([operations[751], operations[752]], window.Operations);
        Assert.Equal(["\"250\""], window.PossibleStates);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>One call: what was asked when, what was answered when, and whether that is known.</summary>
    private sealed class Call
    {
        public required HistoryOperationKind Kind { get; init; }

        public required string Key { get; init; }

        public required string? Expected { get; init; }

        public required string? Value { get; set; }

        public required int From { get; init; }

        public required int To { get; init; }

        public required bool IsOpen { get; init; }

        public bool Applied { get; set; } = true;
    }

    /// <summary>Calls that overlap at random and are answered by a store that does each at some moment between its two lines.</summary>
    private static List<Call> Good(Random random, HistoryFormat format)
    {
        var isRegister = format == HistoryFormat.JepsenRegister;
        var count = random.Next(2, 7);
        var lines = Enumerable.Range(0, 2 * count).ToArray();
        random.Shuffle(lines);
        HistoryOperationKind[] kinds = isRegister ? [Get, Get, Put, CompareAndSet] : [Get, Get, Put, CompareAndSet, Append, Delete];
        var calls = Enumerable.Range(0, count).Select(i =>
        {
            var kind = kinds[random.Next(kinds.Length)];
            return new Call
            {
                Kind = kind,
                Key = isRegister ? "" : $"{random.Next(2)}",
                Expected = kind == CompareAndSet ? $"{random.Next(3)}" : null,
                Value = kind is Get or Delete ? null : $"{random.Next(3)}",
                From = Math.Min(lines[2 * i], lines[(2 * i) + 1]),
                To = Math.Max(lines[2 * i], lines[(2 * i) + 1]),
                IsOpen = random.Next(8) == 0,
            };
        }).ToList();
        var initial = isRegister ? null : "";
        var state = new Dictionary<string, string?>();
        foreach (var call in calls.OrderBy(c => c.From + ((c.To - c.From) * random.NextDouble())))
        {
            var before = state.GetValueOrDefault(call.Key, initial);
            call.Applied = call.Kind != CompareAndSet || before == call.Expected;
            state[call.Key] = call.Kind switch
            {
                Get => call.Value = before,
                Append => before + call.Value,
                Delete => initial,
                _ => call.Applied ? call.Value : before,
            };
        }

        return calls;
    }

    /// <returns>Whether there was an answer to change.</returns>
    private static bool Spoil(Random random, List<Call> calls)
    {
        var answers = calls.Where(c => !c.IsOpen && c.Kind is Get or CompareAndSet).ToArray();
        if (answers.Length == 0)
        {
            return false;
        }

        var spoilt = answers[random.Next(answers.Length)];
        if (spoilt.Kind == CompareAndSet)
        {
            spoilt.Applied = !spoilt.Applied;
        }
        else
        {
            string[] others = ["0", "1", "2", "7"];
            spoilt.Value = others.Where(o => o != spoilt.Value).ElementAt(random.Next(3));
        }

        return true;
    }

    private Verdict Check(HistoryFormat format, List<Call> calls, out History read)
    {
        var lines = new string[2 * calls.Count];
        foreach (var (process, call) in calls.Index())
        {
            lines[call.From] = Line(format, process, call, "invoke");
            lines[call.To] = Line(format, process, call, call.IsOpen ? "info" : call.Applied ? "ok" : "fail");
        }

        File.WriteAllLines(_directory.File("history"), lines);
        read = HistoryFile.Read(_directory.File("history"), format);
        return LinearizabilityChecker.CheckFile(_directory.File("history"), format).Verdict;
    }

    private static string Line(HistoryFormat format, int process, Call call, string type)
    {
        var isRegister = format == HistoryFormat.JepsenRegister;
        string Quoted(string? value) => isRegister ? value ?? "nil" : $"\"{value}\"";
        var value = type == "info" ? ":timed-out" : (call.Kind, type) switch
        {
            (Get, "invoke") or (Delete, _) => "nil",
            (CompareAndSet, _) => $"[{Quoted(call.Expected)} {Quoted(call.Value)}]",
            _ => Quoted(call.Value),
        };
        var function = (call.Kind, isRegister) switch
        {
            (Get, true) => "read",
            (Put, true) => "write",
            (CompareAndSet, _) => "cas",
            (var kind, _) => kind.ToString().ToLowerInvariant(),
        };
        return isRegister
            ? string.Create(CultureInfo.InvariantCulture, $"INFO  jepsen.util - {process}\t:{type}\t:{function}\t{value}")
            : string.Create(CultureInfo.InvariantCulture, $"{{:process {process}, :type :{type}, :f :{function}, :key \"{call.Key}\", :value {value}}}");
    }

    private static bool IsLinearizable(History history) => history.Operations.GroupBy(o => o.Key)
        .All(key => AllOrders.IsLinearizable(history with { Operations = [.. key] }));
}
