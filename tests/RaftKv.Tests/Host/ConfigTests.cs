using RaftKv.Api.Clusters;
using RaftKv.Node;
using RaftKv.Node.Options;

namespace RaftKv.Tests.Host;

public sealed class ConfigTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Validate_SoundConfig_HasNoFault() => Assert.Empty(ConfigValidation.Validate(Sound()));

    [Fact]
    public void Validate_ManyFaults_AreAllReportedAtOnce()
    {
        var config = Sound() with
        {
            ClusterId = "nonsense",
            Id = 9,
            Port = 0,
            ListenAddress = "0.0.0.0",
            ChaosToken = "short",
            Options = new ServerOptions { HeartbeatIntervalMs = 900, MaxValueBytes = 64 * 1024 * 1024, Storage = "Tape" },
        };

        var faults = ConfigValidation.Validate(config);

        string[] expected =
        [
            "clusterId", "members does not list this server, id 9", "port is 0", "allowInsecure", "chaosToken",
            "heartbeatInterval", "maxValueBytes", "storage",
        ];
        Assert.All(expected, word => Assert.Contains(faults, f => f.Contains(word, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("127.0.0.1", false, true)]
    [InlineData("::1", false, true)]
    [InlineData("0.0.0.0", false, false)]
    [InlineData("10.1.2.3", false, false)]
    [InlineData("10.1.2.3", true, true)]
    [InlineData("localhost", false, false)]
    public void Validate_PlainTextBeyondLoopback_NeedsTheSwitch(string address, bool allowInsecure, bool sound)
    {
        var faults = ConfigValidation.Validate(Sound() with { ListenAddress = address, AllowInsecure = allowInsecure });

        Assert.Equal(sound, faults.Count == 0);
    }

    [Fact]
    public void Validate_MembersTwice_NamesWhatIsTwice()
    {
        var config = Sound();
        var faults = ConfigValidation.Validate(config with { Members = [.. config.Members, config.Members[0]] });

        Assert.Contains(faults, f => f.Contains("lists id 1 2 times", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains("gives endpoint", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_PropertiesLeftOut_HaveTheirDefaults()
    {
        var path = Write(ClusterJson.Write(Sound() with { DataPath = "data" }));

        var config = ConfigFile.Load(path);

        Assert.Equal(ServerOptions.Default, config.Options);
        Assert.Equal(Path.Combine(_directory, "data"), config.DataPath);
    }

    [Fact]
    public void Load_OnlyRequiredProperties_IsEnough()
    {
        var path = Write(
            """
            {
              // People may comment.
              "clusterId": "0123456789abcdef0123456789abcdef", "id": 1, "name": "n1", "dataPath": "x", "port": 20001,
              "members": [ { "id": 1, "name": "n1", "endpoint": "http://127.0.0.1:20001" } ],
              "options": { "electionTimeoutLowerMs": 600 },
            }
            """);

        var config = ConfigFile.Load(path);

        Assert.Equal("127.0.0.1", config.ListenAddress);
        Assert.Equal(ServerOptions.Default with { ElectionTimeoutLowerMs = 600 }, config.Options);
    }

    [Theory]
    [InlineData("{", "cannot be understood")]
    [InlineData("[]", "one JSON object")]
    [InlineData("{}", "clusterId")]
    [InlineData("""{"clusterID":"x"}""", "clusterID")]
    public void Load_NoUsableJson_SaysWhat(string text, string expected)
    {
        var path = Write(text);

        var error = Assert.Throws<StartException>(() => ConfigFile.Load(path));

        Assert.Equal(ExitCode.ConfigInvalid, error.ExitCode);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFile_SaysWhich()
    {
        var error = Assert.Throws<StartException>(() => ConfigFile.Load(Path.Combine(_directory, "absent.json")));

        Assert.Equal(ExitCode.ConfigInvalid, error.ExitCode);
        Assert.Contains("absent.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_EveryConsensusSetting_ReachesTheCore()
    {
        var raft = ConsensusOptions.From(
            Sound() with
            {
                Options = new ServerOptions
                {
                    HeartbeatIntervalMs = 1.5,
                    ElectionTimeoutLowerMs = 20.25,
                    ElectionTimeoutUpperMs = 40.5,
                    RpcTimeoutMs = 77,
                    ReplicateOnHeartbeat = true,
                    MaxInflightAppends = 3,
                    MaxInflightBytes = 1 << 21,
                    MaxAppendBytes = 1 << 20,
                    PreVote = false,
                    CheckQuorum = false,
                    VoteStickiness = false,
                    Deference = false,
                },
            },
            seed: 5);

        Assert.Equal(TimeSpan.FromMicroseconds(1500), raft.HeartbeatInterval);
        Assert.Equal(TimeSpan.FromMicroseconds(20250), raft.ElectionTimeoutLower);
        Assert.Equal(TimeSpan.FromMicroseconds(40500), raft.ElectionTimeoutUpper);
        Assert.Equal(TimeSpan.FromMilliseconds(77), raft.RpcTimeout);
        Assert.Equal(RaftKv.Core.Consensus.ReplicationTrigger.Heartbeat, raft.Replication);
        Assert.Equal((3, 1 << 21, 1 << 20), (raft.MaxInflightAppends, raft.MaxInflightBytes, raft.MaxAppendBytes));
        Assert.False(raft.PreVote || raft.CheckQuorum || raft.VoteStickiness || raft.Deference);
        Assert.Equal(5ul, raft.Seed);
    }

    private static ServerConfig Sound() => new()
    {
        ClusterId = "0123456789abcdef0123456789abcdef",
        Id = 1,
        Name = "n1",
        Members =
        [
            new PeerConfig(1, "n1", new Uri("http://127.0.0.1:20001")),
            new PeerConfig(2, "n2", new Uri("http://127.0.0.1:20002")),
            new PeerConfig(3, "n3", new Uri("http://127.0.0.1:20003")),
        ],
        DataPath = Path.Combine(Path.GetTempPath(), "never-made"),
        Port = 20001,
    };

    private string Write(string text)
    {
        var path = Path.Combine(_directory, "server.json");
        File.WriteAllText(path, text);
        return path;
    }
}
