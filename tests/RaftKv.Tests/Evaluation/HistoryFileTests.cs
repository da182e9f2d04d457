using System.Text;
using RaftKv.Evaluation.Checking;
using static RaftKv.Evaluation.Checking.HistoryOperationKind;

namespace RaftKv.Tests.Evaluation;

public sealed class HistoryFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public void Read_JepsenRegister_UnderstandsEveryKindOfLine()
    {
        var history = Read(HistoryFormat.JepsenRegister, """
            INFO  jepsen.util - 0	:invoke	:read	nil
            INFO  jepsen.core - something about the cluster

            INFO  jepsen.util - 1	:invoke	:write	4
            INFO  jepsen.util - :nemesis	:info	:start	nil
            INFO  jepsen.util - 0	:ok	:read	nil
            INFO  jepsen.util - 1	:ok	:write	4
            INFO  jepsen.util - 0	:invoke	:cas	[4 2]
            INFO  jepsen.util - 1	:invoke	:cas	[9 1]
            INFO  jepsen.util - 1	:fail	:cas	[9 1]
            INFO  jepsen.util - 0	:ok	:cas	[4 2]
            INFO  jepsen.util - 2	:invoke	:write	7
            INFO  jepsen.util - 2	:info	:write	:timed-out
            INFO  jepsen.util - 3	:invoke	:read	nil
            INFO  jepsen.util - 3	:fail	:read	:timed-out
            INFO  jepsen.util - 4	:invoke	:cas	[2 3]
            """);
        Assert.Equal(1, history.FailedCount);
        Assert.Null(history.InitialValue);
        Assert.Equal([Get, Put, CompareAndSet, CompareAndSet, Put, CompareAndSet], history.Operations.Select(o => o.Kind));
        Assert.Equal([(1, 6), (4, 7), (8, 11), (9, 10), (12, null), (16, null)], history.Operations.Select(o => (o.InvokeLine, o.ReturnLine)));
        Assert.Equal(("4", "2", true), (history.Operations[2].ExpectedValue, history.Operations[2].Value, history.Operations[2].Applied));
        Assert.Equal(false, history.Operations[3].Applied);
    }

    /// <summary>Who chooses the wrong format is told so, and not that the history shows nothing.</summary>
    [Theory]
    [InlineData(HistoryFormat.JepsenRegister, "{\"process\":0,\"type\":\"invoke\",\"f\":\"get\",\"key\":\"k\"}")]
    [InlineData(HistoryFormat.JepsenRegister, "{:process 0, :type :invoke, :f :get, :key \"k\"}")]
    [InlineData(HistoryFormat.Keyed, "{\"process\":0,\"type\":\"invoke\",\"f\":\"get\",\"key\":\"k\"}")]
    [InlineData(HistoryFormat.Keyed, "INFO  jepsen.util - 0 :invoke :read nil")]
    [InlineData(HistoryFormat.RaftKv, "{:process 0, :type :invoke, :f :get, :key \"k\"}")]
    [InlineData(HistoryFormat.RaftKv, "INFO  jepsen.util - 0 :invoke :read nil")]
    public void Read_AHistoryOfAnotherFormat_NamesThisOneAndTheOthers(HistoryFormat format, string line)
    {
        var e = Assert.Throws<InvalidDataException>(() => Read(format, line + "\n" + line));
        Assert.Contains($"in the format {format}", e.Message, StringComparison.Ordinal);
        Assert.All(Enum.GetNames<HistoryFormat>(), name => Assert.Contains(name, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_AnEmptyFileOrOneOfTheNemesisAlone_IsAHistoryWithoutOperations()
    {
        Assert.Empty(Read(HistoryFormat.JepsenRegister, "").Operations);
        Assert.Empty(Read(HistoryFormat.JepsenRegister, "INFO  jepsen.core - up\nINFO  jepsen.util - :nemesis\t:info\t:start\tnil").Operations);
    }

    /// <summary>No file ends the process or fills its memory: what is too deep or too long is a fault with its line.</summary>
    [Theory]
    [InlineData(HistoryFormat.Keyed, "{:process 0 :type :invoke :f :get :key \"k\" :value ", "[")]
    [InlineData(HistoryFormat.Keyed, "{:process 0 :type :invoke :f :get :key \"k\" :value ", "{")]
    [InlineData(HistoryFormat.Keyed, "{:process 0 :type :invoke :f :get :key \"k\" :value ", "#{")]
    [InlineData(HistoryFormat.RaftKv, "{\"process\":0,\"type\":\"invoke\",\"f\":\"get\",\"key\":", "[")]
    [InlineData(HistoryFormat.JepsenRegister, "INFO jepsen.util - 0 :invoke :read ", "[")]
    public void Read_DeepOrLongLines_AreFaultsWithTheirLines(HistoryFormat format, string head, string bracket)
    {
        var deep = head + string.Concat(Enumerable.Repeat(bracket, 200_000));
        var e = Assert.Throws<InvalidDataException>(() => Read(format, deep + "\n" + new string('x', 3_000_000) + "\nsoon jepsen.util over"));
        Assert.Equal(format != HistoryFormat.JepsenRegister, e.Message.Contains("line 1:", StringComparison.Ordinal));
        Assert.Contains("line 2: longer than", e.Message, StringComparison.Ordinal);
        Assert.Contains("line 3:", e.Message, StringComparison.Ordinal);
        Assert.InRange(e.Message.Length, 10, 5000);
    }

    [Fact]
    public void Read_AFileThatIsWrongOnEveryLine_IsToldInABoundedMessage()
    {
        var e = Assert.Throws<InvalidDataException>(() => Read(HistoryFormat.Keyed, string.Join('\n', Enumerable.Range(0, 50_000).Select(i => $"{{{i}"))));
        Assert.Contains("line 100:", e.Message, StringComparison.Ordinal);
        Assert.Contains("and 49900 more", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OneNameTwice_IsAFaultAndNotTheLast() =>
        Assert.Contains("line 1:", Assert.Throws<InvalidDataException>(() => Read(HistoryFormat.RaftKv, """{"process":0,"type":"invoke","f":"get","key":"a","key":"b"}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_Keyed_UnderstandsEveryKindOfLine()
    {
        var history = Read(HistoryFormat.Keyed, """
            {:process 0, :type :invoke, :f :append, :key "a", :value "x \"0\" \n\u0041"}
            {:process 0, :type :ok, :f :append, :key "a", :value "x \"0\" \n\u0041"}
            {:type :invoke :process 1 :f :get :value nil :key "a"}
            {:process 1, :type :ok, :f :get, :key "a", :value "", :time 12}
            {:process 1, :type :invoke, :f :cas, :key 7, :value ["" "b"]}
            {:process 1, :type :fail, :f :cas, :key 7, :value ["" "b"]}
            {:process :nemesis, :type :info, :f :start, :key nil, :value nil}
            {:process 1, :type :invoke, :f :delete, :key "a", :value nil}
            {:process 1, :type :info, :f :delete, :key "a", :value :timed-out}
            {:process 2, :type :invoke, :f :put, :key "a", :value "v"}
            {:process 2, :type :fail, :f :put, :key "a", :value "v"}
            """);
        Assert.Equal("", history.InitialValue);
        Assert.Equal(1, history.FailedCount);
        Assert.Equal([Append, Get, CompareAndSet, Delete], history.Operations.Select(o => o.Kind));
        Assert.Equal("x \"0\" \nA", history.Operations[0].Value);
        Assert.Equal(("7", "", "b", false), (history.Operations[2].Key, history.Operations[2].ExpectedValue, history.Operations[2].Value, history.Operations[2].Applied));
        Assert.Null(history.Operations[3].ReturnLine);
    }

    [Fact]
    public void Read_JepsenRegister_TakesOtherSeparatorsAndWhatComesBeforeTheLogger()
    {
        var history = Read(HistoryFormat.JepsenRegister, "\uFEFF  \r\n" + """
            2014-05-16 19:03:11,406{GMT}	INFO	[jepsen worker 0] jepsen.util - 0	:invoke	:cas	[1, 2]
            INFO jepsen.util - 1 :invoke :read nil
            INFO  jepsen.util  -  0   :fail :cas   [1,2]
            INFO	jepsen.util	-	1	:info	:read	:timed-out
            INFO jepsen.util - 2 :invoke :write 3
            INFO jepsen.util - 2 :info :write "indeterminate: no answer"
            """.ReplaceLineEndings("\r\n\r\n"));
        Assert.Equal([CompareAndSet, Get, Put], history.Operations.Select(o => o.Kind));
        Assert.Equal(("1", "2", false), (history.Operations[0].ExpectedValue, history.Operations[0].Value, history.Operations[0].Applied));
        Assert.Equal([false, true, true], history.Operations.Select(o => o.ReturnLine is null));
    }

    [Fact]
    public void Read_Keyed_TakesTheFormsOfEdn()
    {
        var history = Read(HistoryFormat.Keyed, """
            ; written by hand

            {:index 0, :time 1.5e9, :process 0, :type :invoke, :f :cas, :key "a", :value ("" "b"), :error nil} ; a list
            {:process 0 :type :info :f :cas :key "a" :value [nil "b"] :error [:timeout "after 5 s"] :tags #{:x :y} :node {:name n1, :port 80}}
            {:process 1,:type :invoke,:f :read,:key "a",:value nil}
            {:process 1,:type :info,:f :read,:key "a",:value :timed-out}
            {:process 2, :type :invoke, :f :put, :key -7, :value -1}
            {:process 2, :type :ok, :f :put, :key -7, :value -1}
            """);
        Assert.Equal([CompareAndSet, Get, Put], history.Operations.Select(o => o.Kind));
        Assert.Equal(("", "b"), (history.Operations[0].ExpectedValue, history.Operations[0].Value));
        Assert.Equal(("-7", "-1"), (history.Operations[2].Key, history.Operations[2].Value));
        Assert.Equal([true, true, false], history.Operations.Select(o => o.ReturnLine is null));
    }

    [Theory]
    [InlineData("INFO  jepsen.util - 0 :ok :read 3", "line 1: process 0 is answered without having asked")]
    [InlineData("INFO  jepsen.util - 0 :invoke :write 1\nINFO  jepsen.util - 0 :invoke :write 2", "line 2: process 0 asks before")]
    [InlineData("INFO  jepsen.util - 0 :invoke :write 1\nINFO  jepsen.util - 0 :ok :read 2", "line 2: process 0 asked for Put")]
    [InlineData("INFO  jepsen.util - 0 :invoke :write 1\nINFO  jepsen.util - 0 :ok :write 2", "line 2: process 0 is answered for other arguments")]
    [InlineData("INFO  jepsen.util - 0 :invoke :write 1\nINFO  jepsen.util - 0 :info :write :timed-out\nINFO  jepsen.util - 0 :invoke :read nil", "line 3: process 0 goes on")]
    [InlineData("INFO  jepsen.util - 0 :invoke :cas 3", "line 1: a compare-and-set needs")]
    [InlineData("INFO  jepsen.util - 0 :invoke :increment 3", "line 1: not understood")]
    [InlineData("INFO  jepsen.util - 0 :maybe :read nil", "line 1: ':maybe'")]
    public void Read_ABrokenRegisterHistory_SaysWhereAndWhy(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Read(HistoryFormat.JepsenRegister, text)).Message);

    [Theory]
    [InlineData("{:process 0, :type :invoke, :f :put, :key \"a\", :value \"b", "line 1: a string is not closed")]
    [InlineData("{:process 0, :type :invoke, :f :jump, :key \"a\", :value \"b\"}", "line 1: :type, :f")]
    [InlineData("{:process 0, :process 1}", "line 1: a keyword is expected, each once")]
    [InlineData("[1 2]", "line 1: a map is expected")]
    [InlineData("{:process 0, :type :invoke, :f :cas, :key \"a\", :value 3}", "line 1: a compare-and-set needs")]
    [InlineData("{:process 0, :type :invoke, :f :get, :key \"a\", :value nil} x", "line 1: something follows")]
    [InlineData("{:process (0)}", "line 1: :process is not a number")]
    [InlineData("{:process 0, :type :invoke, :f :get, :key {:a 1}}", "line 1: :type, :f")]
    [InlineData("{:process 0 :type [:invoke}", "line 1: '}' is not understood")]
    [InlineData("{:process 0 :type [:invoke", "line 1: the line ends too early")]
    [InlineData("{:process 0 :type :invoke :f :put :key 1 :value []}", "line 1: a put or append needs")]
    [InlineData("{:process 0 :type :invoke :f :put :key 1 :value [1 2]}", "line 1: a put or append needs")]
    [InlineData("{:process 0 :type :invoke :f :put :key 1 :value true}", "line 1: a put or append needs")]
    [InlineData("{:process 0 :type :invoke :f :append :key 1}", "line 1: a put or append needs")]
    [InlineData("{:process 0 :type :invoke :f :cas :key 1 :value [true 1]}", "line 1: a compare-and-set needs")]
    [InlineData("{:process 0 :type :invoke :f :get :key 1}\n{:process 0 :type :ok :f :get :key 1}", "line 2: a read that was answered needs")]
    [InlineData("{:process 0 :type :invoke :f :get :key 1}\n{:process 0 :type :ok :f :get :key 1 :value [1]}", "line 2: a read that was answered needs")]
    [InlineData("{:process 0 :type :invoke :f :cas :key 1 :value [1 2]}\n{:process 0 :type :ok :f :cas :key 1 :value [7 8]}", "line 2: process 0 is answered for other")]
    [InlineData("{:process 0 :type :invoke :f :cas :key 1 :value [1 2]}\n{:process 0 :type :fail :f :cas :key 1 :value [7 8]}", "line 2: process 0 is answered for other")]
    [InlineData("{:process 0.5, :type :invoke, :f :get, :key \"a\", :value nil}", "line 1: :process")]
    public void Read_ABrokenKeyedHistory_SaysWhereAndWhy(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Read(HistoryFormat.Keyed, text)).Message);

    [Theory]
    [InlineData("{\"process\":0", "line 1: not understood")]
    [InlineData("{\"process\":0,\"type\":\"invoke\",\"f\":\"put\",\"key\":\"a\"}", "line 1: not understood")]
    [InlineData("{\"process\":0,\"type\":\"invoke\",\"f\":\"put\",\"key\":\"a\",\"value\":null}", "line 1: not understood: value is null")]
    [InlineData("{\"process\":0,\"type\":\"invoke\",\"f\":\"cas\",\"key\":\"a\",\"value\":null,\"expected\":\"b\"}", "line 1: not understood: value is null")]
    [InlineData("{\"process\":0,\"type\":\"invoke\",\"f\":\"jump\",\"key\":\"a\"}", "line 1: f 'jump'")]
    [InlineData("{\"process\":0,\"type\":\"soon\",\"f\":\"get\",\"key\":\"a\"}", "line 1: type 'soon'")]
    [InlineData("{\"process\":0,\"type\":\"invoke\",\"f\":\"get\",\"key\":\"a\"}\n{\"process\":0,\"type\":\"ok\",\"f\":\"get\",\"key\":\"a\"}", "line 2: not understood")]
    public void Read_ABrokenHistoryOfOurs_SaysWhereAndWhy(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Read(HistoryFormat.RaftKv, text)).Message);

    /// <summary>Bytes that are no text all become the same sign when they are decoded: what was written and what was read would look alike.</summary>
    [Fact]
    public void Read_AnotherEncoding_IsReadExactlyOrRefusedWithItsLine()
    {
        const string Text = "{\"process\":0,\"type\":\"invoke\",\"f\":\"put\",\"key\":\"a\",\"value\":\"\u00fc\"}\n";
        foreach (var encoding in new Encoding[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            File.WriteAllText(_directory.File("history"), Text, encoding);
            Assert.Equal("\u00fc", Assert.Single(HistoryFile.Read(_directory.File("history"), HistoryFormat.RaftKv).Operations).Value);
        }

        File.WriteAllText(_directory.File("history"), "\n\n" + Text, Encoding.Latin1);
        var error = Assert.Throws<InvalidDataException>(() => HistoryFile.Read(_directory.File("history"), HistoryFormat.RaftKv));
        Assert.Contains("line 3: not UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhatTheRecorderWrote_IsWhatHappened()
    {
        var path = _directory.File("sub/history.jsonl");
        using (var recorder = new HistoryRecorder(path))
        {
            var put = recorder.Begin(0, Put, "a\n\"ü", "1");
            var get = recorder.Begin(1, Get, "a\n\"ü");
            put.Ok(version: 1);
            get.Ok("1", version: 1);
            recorder.Begin(0, CompareAndSet, "a\n\"ü", "2", expectedValue: "9").Ok(applied: false, version: 1);
            recorder.Begin(0, CompareAndSet, "a\n\"ü", "2", expectedVersion: 1).Ok(applied: true, version: 2);
            recorder.Begin(0, Delete, "b").Failed("NoLeader");
            recorder.Begin(0, Append, "b", "x").Unknown("OutcomeUnknown");
            recorder.Begin(1, Get, "none").Ok(null);
            recorder.Begin(2, Delete, "a\n\"ü").Ok(applied: true);
            _ = recorder.Begin(3, Put, "c", "never answered");
        }

        var history = HistoryFile.Read(path, HistoryFormat.RaftKv);
        Assert.Equal(1, history.FailedCount);
        Assert.Equal([Put, Get, CompareAndSet, CompareAndSet, Append, Get, Delete, Put], history.Operations.Select(o => o.Kind));
        Assert.Equal([(1, 3), (2, 4), (5, 6), (7, 8), (11, null), (13, 14), (15, 16), (17, null)], history.Operations.Select(o => (o.InvokeLine, o.ReturnLine)));
        Assert.Equal(("a\n\"ü", "1", 1L), (history.Operations[1].Key, history.Operations[1].ReadValue, history.Operations[1].Version));
        Assert.Equal(("9", null, false), (history.Operations[2].ExpectedValue, history.Operations[2].ExpectedVersion, history.Operations[2].Applied));
        Assert.Equal((1L, true, 2L), (history.Operations[3].ExpectedVersion, history.Operations[3].Applied, history.Operations[3].Version));
        Assert.True(LinearizabilityChecker.Check(history).IsLinearizable);
    }

    [Fact]
    public void Begin_OfAProcessThatWaitsOrWhoseOutcomeIsUnknown_Refuses()
    {
        using var recorder = new HistoryRecorder(_directory.File("x"));
        var call = recorder.Begin(0, Put, "a", "1");
        Assert.Throws<InvalidOperationException>(() => recorder.Begin(0, Get, "a"));
        call.Unknown("lost");
        Assert.Throws<InvalidOperationException>(() => recorder.Begin(0, Get, "a"));
        Assert.Throws<InvalidOperationException>(() => call.Ok());
    }

    [Fact]
    public void Ok_OfACompareAndSet_MustSayWhetherItWasApplied()
    {
        using var recorder = new HistoryRecorder(_directory.File("x"));
        Assert.Throws<ArgumentNullException>(() => recorder.Begin(0, CompareAndSet, "a", "1").Ok());
    }

    [Fact]
    public async Task Begin_FromManyThreads_WritesWholeLines()
    {
        using (var recorder = new HistoryRecorder(_directory.File("x")))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(p => Task.Run(() =>
            {
                for (var i = 0; i < 200; i++)
                {
                    recorder.Begin(p, Append, $"key{p}", $"{i},").Ok();
                }

                recorder.Begin(p, Get, $"key{p}").Ok(string.Concat(Enumerable.Range(0, 200).Select(i => $"{i},")));
            })));
        }

        var result = LinearizabilityChecker.CheckFile(_directory.File("x"), HistoryFormat.RaftKv);
        Assert.True(result.IsLinearizable, result.ToString());
        Assert.Equal((8 * 201, 8), (result.OperationCount, result.KeyCount));
    }

    public void Dispose() => _directory.Dispose();

    private History Read(HistoryFormat format, string text)
    {
        File.WriteAllText(_directory.File("history"), text);
        return HistoryFile.Read(_directory.File("history"), format);
    }
}
