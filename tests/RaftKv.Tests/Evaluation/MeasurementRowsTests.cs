using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv.Tests.Evaluation;

public sealed class MeasurementRowsTests
{
    private static readonly MeasurementResult Result = new()
    {
        Operation = Operation.Put,
        ClientCount = 10,
        ValueBytes = 64,
        Elapsed = TimeSpan.FromSeconds(2),
        Succeeded = 500,
        Failed = 1,
        Unknown = 2,
        PerSecond = 250,
        MeanMs = 3.5,
        P50Ms = 3,
        P90Ms = 4,
        P99Ms = 5,
        MaxMs = 6,
        ClientCpuPercent = 12,
    };

    [Fact]
    public void From_AResult_GivesOneRowANumberThatTheCsvHolds()
    {
        using var directory = new TemporaryDirectory();
        var head = RowHead.Of("Quickstart") with { ServerCount = 5, Preset = "Default", Seed = 3 };
        var rows = MeasurementRows.From(Result, head);
        ResultCsv.Write(directory.File("x.csv"), rows);
        Assert.Equal(rows, ResultCsv.Read(directory.File("x.csv")));
        Assert.Equal(250, Value(rows, "PutThroughput"));
        Assert.Equal(3, Value(rows, "PutLatencyP50"));
        Assert.Equal(6, Value(rows, "PutLatencyMax"));
        Assert.Equal(500, Value(rows, "PutSucceeded"));
        Assert.Equal(2, Value(rows, "PutUnknown"));
        Assert.All(rows, r => Assert.Equal(("Quickstart", 5, 10, 64, "Default"), (r.Experiment, r.ServerCount, r.ClientCount, r.ValueBytes, r.Preset)));
        Assert.Equal(rows.Count, rows.Select(r => r.Metric).Distinct().Count());
    }

    [Fact]
    public void From_AResultWithoutASuccess_HasNoTimes()
    {
        var rows = MeasurementRows.From(Result with { Succeeded = 0, PerSecond = 0 }, RowHead.Of("X"));
        var p50 = rows.Single(r => r.Metric == "PutLatencyP50");
        Assert.Null(p50.Value);
        Assert.Equal("unknown", p50.Outcome);
        Assert.Equal(0, Value(rows, "PutThroughput"));
    }

    [Fact]
    public void Describe_Options_NamesEveryOne()
    {
        var text = RowHead.Describe(ServerOptions.Paper2019);
        Assert.Contains("HeartbeatIntervalMs=400", text);
        Assert.Contains("PreVote=False", text);
        Assert.Equal(typeof(ServerOptions).GetProperties().Count(p => !p.GetMethod!.IsStatic), text.Split(';').Length);
    }

    private static double? Value(IEnumerable<ResultRow> rows, string metric) => rows.Single(r => r.Metric == metric).Value;
}
