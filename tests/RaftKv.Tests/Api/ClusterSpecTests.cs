using System.Reflection;
using System.Text;
using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Api;

/// <summary>The cluster file: what is written is read again, no one else may read it, and a bad one is told all its faults.</summary>
public sealed class ClusterSpecTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static ClusterSpec Sample => new()
    {
        Name = "test-1",
        ClusterId = Guid.NewGuid().ToString("N"),
        Servers = [new(1, "n1", new Uri("http://127.0.0.1:20000"), 0), new(2, "n2", new Uri("http://127.0.0.1:20001"), 0)],
        Agents = [new(new Uri("http://127.0.0.1:5000"), "secret-token-secret", 42)],
        ChaosToken = "0123456789abcdef",
        DataPath = "raftkv-data",
        DataIsTemporary = true,
        Preset = "Paper2019",
        Options = ServerOptions.Paper2019,
        CreatedUtc = DateTimeOffset.UnixEpoch,
    };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Save_ThenLoad_GivesTheSame()
    {
        var saved = Sample.Save(PathOf("deep/down/cluster.json"));

        var loaded = ClusterSpec.Load(saved.Path!);

        Assert.Equal(saved.Servers, loaded.Servers);
        Assert.Equal(saved.Agents, loaded.Agents);
        Assert.Equal(saved with { Servers = loaded.Servers, Agents = loaded.Agents }, loaded);
    }

    [Fact]
    public void Save_EveryOptionAndPropertyUnlikeItsDefault_IsReadAgain()
    {
        var options = new ServerOptions();
        foreach (var property in typeof(ServerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            property.SetValue(options, property.GetValue(options) switch
            {
                bool value => !value,
                int value => value + 1,
                long value => value + 1,
                double value => value + 0.25,
                var value => value + "x",
            });
        }

        var sample = Sample with
        {
            Servers = [new(3, "n3", new Uri("http://127.0.0.1:20000"), -1, Joined: true)],
            LoseUnsyncedOnKill = true,
            AllowInsecure = true,
            Options = options,
            CreatedUtc = new DateTimeOffset(2026, 1, 31, 12, 30, 15, TimeSpan.FromHours(2)),
        };

        var loaded = ClusterSpec.Load(sample.Save(PathOf("cluster.json")).Path!);

        Assert.Equal(sample.Servers, loaded.Servers);
        Assert.Equal(sample with { Servers = loaded.Servers, Agents = loaded.Agents, Path = loaded.Path }, loaded);
    }

    [Fact]
    public void Load_FileWithTheNecessaryOnly_HasDefaults()
    {
        var path = PathOf("short.json");
        File.WriteAllText(path, """
            {
              // Comments and commas at the end may stay.
              "name": "hand", "clusterId": "0123456789abcdef0123456789abcdef", "options": { "preVote": false },
              "servers": [ { "id": 1, "name": "n1", "endpoint": "http://127.0.0.1:20000" }, ]
            }
            """);

        var loaded = ClusterSpec.Load(path);

        Assert.Equal(new ServerOptions { PreVote = false }, loaded.Options);
        Assert.Equal([new ServerSpec(1, "n1", new Uri("http://127.0.0.1:20000"))], loaded.Servers);
        Assert.Equal("Default", loaded.Preset);
        Assert.Null(loaded.ChaosToken);
    }

    [Fact]
    public async Task Remove_FileThatAnotherSessionTidiedAway_IsDone()
    {
        var other = Sample.Save(PathOf("other/cluster.json"));
        var spec = Sample with { Agents = [], DataPath = null, Path = PathOf("gone/cluster.json") };

        await LocalCluster.RemoveAsync(spec);

        Assert.Equal([other.Path!], Directory.GetFiles(_directory, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Remove_NameThatAnotherClusterHasTakenMeanwhile_LeavesItsFile()
    {
        var other = Sample.Save(PathOf("name/cluster.json"));
        var spec = Sample with { Agents = [], DataPath = null, Path = other.Path };

        await LocalCluster.RemoveAsync(spec);

        Assert.True(File.Exists(other.Path));
        await LocalCluster.RemoveAsync(other with { Agents = [], DataPath = null });
        Assert.False(File.Exists(other.Path));
    }

    [Fact]
    public void Save_OnUnix_IsReadableByTheOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
        {
            // There the user's own directories are kept from others by inheritance.
            return;
        }

        var saved = Sample.Save(PathOf("own/cluster.json"));

        const UnixFileMode others = (UnixFileMode)0b000_111_111;
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(saved.Path!) & others);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.GetDirectoryName(saved.Path!)!) & others);
    }

    [Fact]
    public void Save_Twice_ReplacesAndLeavesNothingElse()
    {
        Sample.Save(PathOf("cluster.json"));
        var second = Sample.Save(PathOf("cluster.json"));

        Assert.Equal(second.ClusterId, ClusterSpec.Load(second.Path!).ClusterId);
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public void Load_FileWithManyFaults_NamesThemAllAtOnce()
    {
        var path = PathOf("bad.json");
        File.WriteAllText(path, """
            {
              "name": "no spaces allowed", "clusterId": "12", "colour": "blue",
              "agents": [ { "endpoint": "nowhere", "processId": "7" } ], "dataIsTemporary": 1, "preset": 2, "createdUtc": "yesterday",
              "options": { "preVote": "maybe", "maxSessions": 1.5, "storage": null, "speed": 9 },
              "servers": [
                { "id": 1, "name": "n1", "endpoint": "http://127.0.0.1:20000", "agent": 3 },
                { "id": 1, "name": "n1", "endpoint": "http://127.0.0.1:20000" },
                { "id": 0, "endpoint": "ftp://x", "port": 1, "joined": "no" }, 5
              ]
            }
            """);

        var error = Assert.Throws<RaftKvException>(() => ClusterSpec.Load(path));

        Assert.Equal(ErrorKind.ClusterFileInvalid, error.Kind);
        foreach (var fault in new[]
        {
            "'colour'", "name 'no spaces allowed'", "clusterId '12'", "agents[0].endpoint 'nowhere'", "agents[0].token",
            "servers[0].agent", "servers[1].id 1 is there twice", "servers[1].name 'n1' is there twice",
            "servers[1].endpoint", "servers[2].id must be", "servers[2].name is missing", "servers[2].endpoint 'ftp://x'",
            "'servers[2].port'", "servers[2].joined must be", "servers[3] must be an object", "agents[0].processId", "dataIsTemporary must be",
            "preset must be", "createdUtc must be", "options.preVote must be", "options.maxSessions must be", "options.storage must be", "'options.speed'",
        })
        {
            Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{ nonsense", "not JSON")]
    [InlineData("[]", "one JSON object")]
    [InlineData("{}", "servers must be a list")]
    public void Load_NoClusterFile_SaysWhatItIs(string text, string expected)
    {
        File.WriteAllText(PathOf("x.json"), text);

        var error = Assert.Throws<RaftKvException>(() => ClusterSpec.Load(PathOf("x.json")));

        Assert.Equal(ErrorKind.ClusterFileInvalid, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    /// <summary>What the hand of a person does to a file that was sound, and would be taken for something else.</summary>
    [Theory]
    [InlineData("\"dataPath\": \"raftkv-data\"", "\"dataPath\": \"/srv/data\"", "dataIsTemporary is true")]
    [InlineData("\"dataPath\"", "\"dataPath\": \"/elsewhere\", \"dataPath\"", "dataPath")]
    [InlineData("\"name\": \"n1\"", "\"name\": \"..\"", "servers[0].name '..'")]
    [InlineData("\"name\": \"n1\"", "\"name\": \"a/../../b\"", "servers[0].name 'a/../../b'")]
    [InlineData("\"name\": \"n1\"", "\"name\": \"n1\\u001b[31m\"", "servers[0].name")]
    [InlineData(":20000", ":0", "servers[0].endpoint")]
    public void Load_FileThatAHandChanged_IsRefused(string before, string after, string fault)
    {
        var saved = Sample.Save(PathOf("cluster.json"));
        var text = File.ReadAllText(saved.Path!);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(saved.Path!, text.Replace(before, after, StringComparison.Ordinal));

        var error = Assert.Throws<RaftKvException>(() => ClusterSpec.Load(saved.Path!));

        Assert.Equal(ErrorKind.ClusterFileInvalid, error.Kind);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FileInAnotherEncoding_IsReadExactlyOrRefused()
    {
        var saved = Sample.Save(PathOf("cluster.json"));
        var text = File.ReadAllText(saved.Path!).Replace("raftkv-data", "raftkv-d\u00e4ta", StringComparison.Ordinal);
        foreach (var encoding in new Encoding[] { new UTF8Encoding(true), Encoding.Unicode })
        {
            File.WriteAllText(saved.Path!, text, encoding);
            Assert.Equal("raftkv-d\u00e4ta", ClusterSpec.Load(saved.Path!).DataPath);
        }

        File.WriteAllText(saved.Path!, text, Encoding.Latin1);
        Assert.Equal(ErrorKind.ClusterFileInvalid, Assert.Throws<RaftKvException>(() => ClusterSpec.Load(saved.Path!)).Kind);
    }

    [Fact]
    public void Load_WrongTypeInOptions_IsClusterFileInvalid()
    {
        var saved = Sample.Save(PathOf("cluster.json"));
        File.WriteAllText(saved.Path!, File.ReadAllText(saved.Path!).Replace("\"preVote\": false", "\"preVote\": \"maybe\"", StringComparison.Ordinal));

        var error = Assert.Throws<RaftKvException>(() => ClusterSpec.Load(saved.Path!));

        Assert.Equal(ErrorKind.ClusterFileInvalid, error.Kind);
        Assert.Contains("preVote", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFile_IsClusterFileInvalid() =>
        Assert.Equal(ErrorKind.ClusterFileInvalid, Assert.Throws<RaftKvException>(() => ClusterSpec.Load(PathOf("none.json"))).Kind);

    private string PathOf(string name) => _directory.File(name);
}
