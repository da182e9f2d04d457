using RaftKv.Evaluation.Checking;

namespace RaftKv.Tests.Evaluation;

/// <summary>Scans are judged against all keys that they read, as they were at one moment.</summary>
public sealed class ScanHistoryTests
{
    [Fact]
    public void Check_AScanOfOneMoment_Passes()
    {
        using var folder = new TemporaryDirectory();
        Assert.Equal(Verdict.Linearizable, Judge(folder, recorder =>
        {
            Put(recorder, "s/1", "a");
            var second = recorder.Begin(1, HistoryOperationKind.Put, "s/2", "b");
            Scan(recorder, [new("s/1", "a", 1)]);
            Scan(recorder, [new("s/1", "a", 1), new("s/2", "b", 1)]);
            second.Ok(version: 1);
            Delete(recorder, "s/1");
            Scan(recorder, [new("s/2", "b", 1)]);
        }).Verdict);
    }

    /// <summary>The store sorts by bytes, in which a character of two UTF-16 units comes after all others.</summary>
    [Fact]
    public void Check_AScanOfKeysThatUtf16SortsOtherwise_Passes()
    {
        using var folder = new TemporaryDirectory();
        Assert.Equal(Verdict.Linearizable, Judge(folder, recorder =>
        {
            Put(recorder, "s/\U0001F600", "a");
            Put(recorder, "s/\uFFFD", "b");
            Scan(recorder, [new("s/\uFFFD", "b", 1), new("s/\U0001F600", "a", 1)]);
        }).Verdict);
    }

    [Fact]
    public void Check_AScanOfTwoMoments_FailsAlthoughEachKeyAlonePasses()
    {
        using var folder = new TemporaryDirectory();
        var result = Judge(folder, recorder =>
        {
            // The first key's write was over before the second's began: no one can see the second alone.
            var scan = recorder.Begin(1, HistoryOperationKind.Scan, "s/");
            Put(recorder, "s/1", "a");
            Put(recorder, "s/2", "b");
            scan.Found([new("s/2", "b", 1)]);
        });
        Assert.Equal((Verdict.NotLinearizable, "s/"), (result.Verdict, result.FailingKey));
        Assert.Contains("scan s/ found s/2", result.Window!.Impossible.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AStaleScan_Fails()
    {
        using var folder = new TemporaryDirectory();
        Assert.Equal(Verdict.NotLinearizable, Judge(folder, recorder =>
        {
            Put(recorder, "s/1", "a");
            Put(recorder, "s/1", "b", 2);
            Scan(recorder, [new("s/1", "a", 1)]);
        }).Verdict);
    }

    [Fact]
    public void Check_AnUnknownWrite_MayShowInAScanOrNot()
    {
        using var folder = new TemporaryDirectory();
        Assert.Equal(Verdict.Linearizable, Judge(folder, recorder =>
        {
            recorder.Begin(1, HistoryOperationKind.Put, "s/1", "a").Unknown("OutcomeUnknown");
            recorder.Begin(2, HistoryOperationKind.Put, "s/2", "b").Unknown("OutcomeUnknown");
            Scan(recorder, []);
            Scan(recorder, [new("s/2", "b", 1)]);
        }).Verdict);
    }

    private static CheckResult Judge(TemporaryDirectory folder, Action<HistoryRecorder> record)
    {
        var path = folder.File("h.jsonl");
        using (var recorder = new HistoryRecorder(path))
        {
            record(recorder);
        }

        return LinearizabilityChecker.CheckFile(path, HistoryFormat.RaftKv);
    }

    private static void Put(HistoryRecorder recorder, string key, string value, long version = 1) =>
        recorder.Begin(0, HistoryOperationKind.Put, key, value).Ok(version: version);

    private static void Delete(HistoryRecorder recorder, string key) => recorder.Begin(0, HistoryOperationKind.Delete, key).Ok(applied: true);

    private static void Scan(HistoryRecorder recorder, ScannedPair[] found) => recorder.Begin(0, HistoryOperationKind.Scan, "s/").Found(found);
}
