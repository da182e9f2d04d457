using System.Globalization;
using System.Text;
using CsCheck;
using RaftKv.Evaluation.Results;

namespace RaftKv.Tests.Evaluation;

public sealed class ResultCsvTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static ResultRow Row => new()
    {
        RunId = "run1",
        UtcTime = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        Experiment = "Throughput",
        Metric = "throughput",
        Value = 0.1 + 0.2,
        Unit = "1/s",
        ServerCount = 5,
        Seed = ulong.MaxValue,
        Options = "a=1;b=2",
    };

    [Fact]
    public void ColumnNames_AreTheSpecifiedOnesInTheirOrder() => Assert.Equal(
        "RunId,UtcTime,Experiment,Figure,Preset,Scale,ServerCount,AliveCount,ClientCount,ValueBytes,ElectionTimeoutLowerMs,"
        + "ElectionTimeoutUpperMs,OneWayDelayMs,Repetition,Metric,Value,Unit,Outcome,Seed,Options,NodeBuild,HostCores,OtherCpuPercent",
        string.Join(',', ResultSchema.ColumnNames));

    [Fact]
    public void ColumnNames_AreTheRecordsProperties() =>
        Assert.Equal(typeof(ResultRow).GetProperties().Select(p => p.Name), ResultSchema.ColumnNames);

    [Fact]
    public void Write_OneRow_GivesExactlyTheseBytes()
    {
        ResultCsv.Write(Csv, [Row]);
        var text = string.Join(',', ResultSchema.ColumnNames)
            + "\nrun1,2026-01-02T03:04:05.678Z,Throughput,,,,5,,,,,,,,throughput,0.30000000000000004,1/s,ok,18446744073709551615,a=1;b=2,,,\n";
        Assert.Equal(Encoding.UTF8.GetBytes(text), File.ReadAllBytes(Csv));
    }

    [Fact]
    public void Read_WhatWasWritten_IsEqual()
    {
        var text = Gen.Char["aé,\"\n\r;= 'ß漢"].Array[0, 8].Select(c => new string(c));
        var rows = Gen.Select(text, Gen.Double, Gen.ULong, Gen.Int[0, int.MaxValue], Gen.DateTime).Select((t, d, s, n, time) => Row with
        {
            Options = t,
            NodeBuild = t + "x",
            Value = double.IsFinite(d) ? d : 1,
            Seed = s,
            ClientCount = n,
            OneWayDelayMs = n / 7.0,
            UtcTime = new DateTimeOffset(time.Ticks, TimeSpan.Zero),
        });
        rows.Array[0, 5].Sample(
            written =>
            {
                var path = _directory.File(Guid.NewGuid().ToString("n"));
                ResultCsv.Write(path, written);
                Assert.Equal(written, ResultCsv.Read(path));
            },
            iter: 200);
    }

    [Fact]
    public void Write_UnderAnotherCulture_GivesTheSameText()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
            ResultCsv.Write(Csv, [Row with { Value = -1.5 }]);
            Assert.Equal(-1.5, Assert.Single(ResultCsv.Read(Csv)).Value);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Contains(",-1.5,", File.ReadAllText(Csv));
    }

    [Fact]
    public void Write_Appending_AddsRowsUnderOneHeader()
    {
        ResultCsv.Write(Csv, [Row], append: true);
        ResultCsv.Write(Csv, [Row with { RunId = "run2" }], append: true);
        Assert.Equal(["run1", "run2"], ResultCsv.Read(Csv).Select(r => r.RunId));
    }

    [Fact]
    public void Write_NotAppending_ReplacesAndLeavesNothingBeside()
    {
        ResultCsv.Write(Csv, [Row, Row]);
        ResultCsv.Write(Csv, [Row]);
        Assert.Single(ResultCsv.Read(Csv));
        Assert.Single(Directory.GetFiles(_directory.Root));
    }

    [Fact]
    public void Write_MissingDirectory_MakesIt()
    {
        var path = Path.Combine(_directory.Root, "a", "b", "c.csv");
        ResultCsv.Write(path, [Row]);
        Assert.Single(ResultCsv.Read(path));
    }

    [Fact]
    public void Write_AppendingToATornFile_RefusesAndLeavesIt()
    {
        File.WriteAllText(Csv, Header + "\nrun1,2026");
        Assert.Throws<InvalidDataException>(() => ResultCsv.Write(Csv, [Row], append: true));
        Assert.Equal(Header + "\nrun1,2026", File.ReadAllText(Csv));
    }

    [Fact]
    public void Write_AppendingToOtherColumns_Refuses()
    {
        File.WriteAllText(Csv, "a,b\n1,2\n");
        Assert.Throws<InvalidDataException>(() => ResultCsv.Write(Csv, [Row], append: true));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(null)]
    public void Write_ValueThatCouldNotBeReadBack_Refuses(double? value)
    {
        Assert.Throws<ArgumentException>(() => ResultCsv.Write(Csv, [Row with { Value = value }]));
        Assert.False(File.Exists(Csv));
    }

    [Fact]
    public void Write_TimeoutWithoutValue_IsARow()
    {
        ResultCsv.Write(Csv, [Row with { Value = null, Outcome = "timeout" }]);
        Assert.Null(Assert.Single(ResultCsv.Read(Csv)).Value);
    }

    [Fact]
    public void Read_SeveralFaults_NamesEachWithItsLine()
    {
        ResultCsv.Write(Csv, [Row, Row, Row]);
        var lines = File.ReadAllLines(Csv);
        lines[1] = lines[1].Replace("2026-01-02T03:04:05.678Z", "2.1.2026", StringComparison.Ordinal);
        lines[2] += ",extra";
        lines[3] = lines[3].Replace("0.30000000000000004", "NaN", StringComparison.Ordinal).Replace(",5,", ",-5,", StringComparison.Ordinal);
        File.WriteAllText(Csv, string.Join('\n', lines) + "\n");
        var message = Assert.Throws<InvalidDataException>(() => ResultCsv.Read(Csv)).Message;
        Assert.Contains("line 2: UtcTime does not parse: '2.1.2026'", message);
        Assert.Contains("line 3: 24 fields", message);
        Assert.Contains("line 4: ServerCount does not parse: '-5'", message);
        Assert.Contains("line 4: Value does not parse: 'NaN'", message);
    }

    [Fact]
    public void Read_FieldsThatSpanLines_CountsLinesAsAnEditorDoes()
    {
        ResultCsv.Write(Csv, [Row with { Options = "a\nb\nc" }, Row]);
        File.WriteAllText(Csv, File.ReadAllText(Csv).TrimEnd('\n') + "x\n");
        Assert.Contains("line 5: OtherCpuPercent", Assert.Throws<InvalidDataException>(() => ResultCsv.Read(Csv)).Message);
    }

    [Fact]
    public void Read_ColumnsMissingAndUnknown_NamesThem()
    {
        File.WriteAllText(Csv, Header.Replace("Seed,", "Coin,", StringComparison.Ordinal) + "\n");
        var message = Assert.Throws<InvalidDataException>(() => ResultCsv.Read(Csv)).Message;
        Assert.Contains("missing: Seed", message);
        Assert.Contains("unknown columns: Coin", message);
    }

    [Fact]
    public void Read_ColumnsInAnotherOrder_Refuses()
    {
        File.WriteAllText(Csv, Header.Replace("RunId,UtcTime", "UtcTime,RunId", StringComparison.Ordinal) + "\n");
        Assert.Contains("out of order", Assert.Throws<InvalidDataException>(() => ResultCsv.Read(Csv)).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    public void Read_EmptyFile_SaysThatTheHeaderIsMissing(string text)
    {
        File.WriteAllText(Csv, text);
        Assert.Contains("missing", Assert.Throws<InvalidDataException>(() => ResultCsv.Read(Csv)).Message);
    }

    [Fact]
    public void Read_BytesThatAreNotUtf8_NamesTheLine()
    {
        ResultCsv.Write(Csv, [Row]);
        File.WriteAllBytes(Csv, [.. File.ReadAllBytes(Csv), 0xC3, 0x28, (byte)'\n']);
        Assert.Contains("line 3: not UTF-8", Assert.Throws<InvalidDataException>(() => ResultCsv.Read(Csv)).Message);
    }

    [Fact]
    public void Read_AnOpenQuote_Refuses()
    {
        ResultCsv.Write(Csv, [Row]);
        File.AppendAllText(Csv, "\"run2,2026\n");
        Assert.Contains("line 3", Assert.Throws<InvalidDataException>(() => ResultCsv.Read(Csv)).Message);
    }

    public void Dispose() => _directory.Dispose();

    private static string Header => string.Join(',', ResultSchema.ColumnNames);

    private string Csv => _directory.File("x.csv");
}
