using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Gets values by key, or all pairs whose keys begin with a prefix.</summary>
/// <remarks>
/// <para>Reads are linearizable unless you say otherwise: they see every write that was acknowledged before. Value is the text of the value, or empty where its bytes are no valid UTF-8; Bytes always has what is stored.</para>
/// <para>Keys are data: case matters and wildcards have no meaning. To find keys use -Prefix. A key whose bytes are no valid UTF-8 is shown by them, as in \x{FF61}, and can be named so.</para>
/// <para>A key that a stale read does not find is told as that server's word, with the index that it has applied: the cluster may have the key.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftValue color</code>
/// Shows one pair.
/// </example>
/// <example>
/// <code>Get-RaftValue -Prefix user/ | Export-Csv users.csv</code>
/// Streams all pairs whose keys begin with user/ into a file. A CSV holds text: pairs whose values are none go into one with Export-Clixml.
/// </example>
/// <example>
/// <code>Get-RaftServer | Get-RaftValue -Key color -Consistency Stale</code>
/// Shows what each server has, however old.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftValue", DefaultParameterSetName = KeySet)]
[OutputType(typeof(RaftValue))]
public sealed class GetRaftValueCommand : ClusterCmdlet
{
    private const string KeySet = "Key";
    private const string PrefixSet = "Prefix";
    private const string OutFileSet = "OutFile";

    private int _asked;

    /// <summary>The keys. A key whose bytes are no UTF-8 is written by them, as in '\x{FF61}'.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = KeySet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = OutFileSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <summary>What the keys begin with. An empty string means all keys.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PrefixSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Prefix { get; set; } = "";

    /// <summary>A file that gets the value byte by byte, instead of output. Takes one key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OutFileSet)]
    [ValidateNotNullOrEmpty]
    public string OutFile { get; set; } = "";

    /// <summary>How fresh the read is. Linearizable sees every write acknowledged before; Stale takes whatever the asked server has.</summary>
    [Parameter]
    public RaftConsistency Consistency { get; set; } = RaftConsistency.Linearizable;

    /// <summary>Asks only this server: id, name, or server object. Without it, the leader first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    public RaftServerReference[]? Server { get; set; }

    /// <summary>How many seconds a read may take with all its retries.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(0.05, 86400.0)]
    public double TimeoutSec { get; set; } = 10;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Server is null)
        {
            Read(TargetCluster(), null);
            return;
        }

        foreach (ServerTarget target in TargetServers(Server))
        {
            Read(target.Cluster, target.Id);
        }
    }

    private void Read(RaftCluster cluster, int? server)
    {
        KvClient client = cluster.Session.KeyValue(TimeSpan.FromSeconds(TimeoutSec));
        if (ParameterSetName == PrefixSet)
        {
            Scan(client, cluster, server);
            return;
        }

        if (ParameterSetName == OutFileSet && (_asked += Key.Length) > 1)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, Key, $"-OutFile takes one key of one server, and more are given: '{RaftText.Visible(Key[0])}' was not written.");
        }

        foreach (string key in Key)
        {
            if (KeyBytes(key) is { } bytes && TryRun(key, token => client.ReadAsync(bytes, Freshness(), server, token), out KvReading reading))
            {
                Write(key, reading, cluster);
            }
        }
    }

    private void Scan(KvClient client, RaftCluster cluster, int? server)
    {
        if (KeyBytes(Prefix) is not { } prefix)
        {
            return;
        }

        KvReading? last = null;
        TryStream(
            Prefix,
            token => client.ScanAsync(prefix, Freshness(), 0, server, reading => last = reading, token),
            pair => WriteObject(RaftValue.From(pair, cluster)));
        if (Consistency == RaftConsistency.Stale && last is { AppliedIndex: 0 } && server is not null)
        {
            WriteWarning($"{last.Server} has applied nothing yet (applied index 0), so it has no keys; that says nothing of the cluster.");
        }
    }

    private void Write(string key, KvReading reading, RaftCluster cluster)
    {
        KvPair? pair = reading.Pair;
        if (pair is null && Consistency == RaftConsistency.Stale)
        {
            Report(ErrorIds.KeyNotFound, ErrorCategory.ObjectNotFound, key,
                $"{reading.Server} of cluster '{cluster.Name}' has no key '{RaftText.Visible(key)}' as of its applied index {reading.AppliedIndex}. "
                + "That was a stale read of one server: the cluster may have the key; -Consistency Linearizable tells.");
        }
        else if (pair is null)
        {
            ReportMissingKey(key, cluster);
        }
        else if (ParameterSetName == OutFileSet)
        {
            string path = ResolveOutputPath(OutFile);
            TryRun(key, token => Task.Run(() => OutputFile.Write(path, pair.Value), token));
        }
        else
        {
            WriteObject(RaftValue.From(pair, cluster));
        }
    }

    private Consistency Freshness() => Consistency switch
    {
        RaftConsistency.Lease => Api.Consistency.Lease,
        RaftConsistency.Stale => Api.Consistency.Stale,
        _ => Api.Consistency.Linearizable,
    };
}
