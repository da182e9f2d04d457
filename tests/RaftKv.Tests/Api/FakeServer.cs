using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;

namespace RaftKv.Tests.Api;

/// <summary>A server that answers as the test says, over real sockets, so that clients meet what they meet in the field.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _web;
    private int _writeManyCalls;

    private FakeServer(int id, WebApplication web)
    {
        Id = id;
        _web = web;
    }

    public int Id { get; }

    public Uri Endpoint => new(_web.Urls.First());

    /// <summary>How many messages with several writes came.</summary>
    public int WriteManyCalls => _writeManyCalls;

    public ConcurrentQueue<PutRequest> Puts { get; } = new();

    public ConcurrentQueue<PartitionRequest> Partitions { get; } = new();

    /// <summary>What the server says when asked who leads. Read again for each question.</summary>
    public Func<IsLeaderReply> Leads { get; set; } = () => new IsLeaderReply();

    public Func<ServerCallContext, Task<OpenSessionReply>> OnOpen { get; set; } = _ => Task.FromResult(new OpenSessionReply { SessionId = 7 });

    /// <summary>Answers a put; the number counts this server's puts from 1.</summary>
    public Func<PutRequest, int, ServerCallContext, Task<WriteReply>> OnPut { get; set; } =
        (_, number, _) => Task.FromResult(new WriteReply { Revision = number, Version = 1 });

    public Func<GetRequest, ServerCallContext, Task<GetReply>> OnGet { get; set; } = (_, _) => Task.FromResult(new GetReply());

    public Func<RangeRequest, RangeReply> OnRange { get; set; } = _ => new RangeReply();

    public Func<TransferRequest, TransferReply> OnTransfer { get; set; } = request => new TransferReply { LeaderId = request.TargetId };

    /// <summary>Answers a removal.</summary>
    public Func<RemoveMemberRequest, ServerCallContext, Task<MembershipReply>> OnRemove { get; set; } = (_, _) => Task.FromResult(new MembershipReply());

    /// <summary>How many removals it was asked for.</summary>
    public int Removals { get; private set; }

    /// <summary>Who belongs to the cluster, as this server says.</summary>
    public IReadOnlyList<int> Members { get; set; } = [1, 2, 3];

    public static async Task<FakeServer> StartAsync(int id)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http2));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        var holder = new Holder();
        builder.Services.AddSingleton(holder);
        var web = builder.Build();
        web.MapGrpcService<FakeKeyValue>();
        web.MapGrpcService<FakeAdmin>();
        web.MapGrpcService<FakeChaos>();
        await web.StartAsync();
        return holder.Server = new FakeServer(id, web);
    }

    /// <summary>Starts servers 1 to N, of which one claims to lead in term 1.</summary>
    public static async Task<FakeServer[]> StartClusterAsync(int count, int leader = 1)
    {
        var servers = await Task.WhenAll(Enumerable.Range(1, count).Select(StartAsync));
        foreach (var server in servers)
        {
            var isLeader = server.Id == leader;
            server.Leads = () => new IsLeaderReply { IsLeader = isLeader, LeaderId = leader, Term = 1 };
        }

        return servers;
    }

    public static ClusterSpec SpecOf(params FakeServer[] servers) => new()
    {
        Name = "fake",
        ClusterId = new string('a', 32),
        Servers = [.. servers.Select(s => new ServerSpec(s.Id, $"n{s.Id}", s.Endpoint))],
        ChaosToken = "0123456789abcdef",
    };

    /// <summary>A refusal as real servers send it.</summary>
    public static RpcException Refuse(ErrorCode code, int leaderId = 0, long actualVersion = 0)
    {
        var detail = new ErrorDetail { Code = code, Message = $"refused with {code}", LeaderId = leaderId, ActualVersion = actualVersion };
        return new RpcException(new Status(StatusCode.FailedPrecondition, detail.Message), new Metadata { { "raftkv-error-bin", detail.ToByteArray() } });
    }

    /// <summary>Breaks the connection after the request was received: the client cannot know what happened.</summary>
    public static Task<T> LoseAnswerAsync<T>(ServerCallContext context)
    {
        context.GetHttpContext().Abort();
        return Task.FromCanceled<T>(new CancellationToken(canceled: true));
    }

    /// <summary>Resets the stream after the request was received, as something between may.</summary>
    public static Task<T> ResetAsync<T>(ServerCallContext context, int code)
    {
        context.GetHttpContext().Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);
        return Task.FromCanceled<T>(new CancellationToken(canceled: true));
    }

    /// <summary>Never answers, until the client gives up.</summary>
    public static async Task<T> HangAsync<T>(ServerCallContext context)
    {
        var gaveUp = new TaskCompletionSource<T>();
        await using var registration = context.CancellationToken.Register(() => gaveUp.TrySetCanceled());
        return await gaveUp.Task;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _web.StopAsync(now.Token);
        await _web.DisposeAsync();
    }

    private sealed class Holder
    {
        public FakeServer? Server { get; set; }
    }

    private sealed class FakeKeyValue(Holder holder) : KeyValue.KeyValueBase
    {
        public override Task<OpenSessionReply> OpenSession(OpenSessionRequest request, ServerCallContext context) => holder.Server!.OnOpen(context);

        public override Task<CloseSessionReply> CloseSession(CloseSessionRequest request, ServerCallContext context) => Task.FromResult(new CloseSessionReply());

        public override Task<WriteReply> Put(PutRequest request, ServerCallContext context)
        {
            var server = holder.Server!;
            lock (server.Puts)
            {
                server.Puts.Enqueue(request);
            }

            return server.OnPut(request, server.Puts.Count, context);
        }

        public override async Task<WriteManyReply> WriteMany(WriteManyRequest request, ServerCallContext context)
        {
            Interlocked.Increment(ref holder.Server!._writeManyCalls);
            var reply = new WriteManyReply();
            reply.Outcomes.AddRange(await Task.WhenAll(request.Writes.Select(write => OutcomeAsync(write.Put, context))));
            return reply;
        }

        private async Task<WriteOutcome> OutcomeAsync(PutRequest put, ServerCallContext context)
        {
            try
            {
                return new WriteOutcome { Done = await Put(put, context) };
            }
            catch (RpcException e)
            {
                var detail = e.Trailers.GetValueBytes("raftkv-error-bin") is { } bytes ? ErrorDetail.Parser.ParseFrom(bytes) : null;
                return new WriteOutcome { Refusal = new WriteRefusal { Status = (int)e.StatusCode, Detail = detail } };
            }
        }

        public override Task<GetReply> Get(GetRequest request, ServerCallContext context) => holder.Server!.OnGet(request, context);

        public override Task<RangeReply> Range(RangeRequest request, ServerCallContext context) => Task.FromResult(holder.Server!.OnRange(request));
    }

    private sealed class FakeAdmin(Holder holder) : Admin.AdminBase
    {
        public override Task<IsLeaderReply> IsLeader(IsLeaderRequest request, ServerCallContext context) => Task.FromResult(holder.Server!.Leads());

        public override Task<TransferReply> Transfer(TransferRequest request, ServerCallContext context) => Task.FromResult(holder.Server!.OnTransfer(request));

        public override Task<MembershipReply> RemoveMember(RemoveMemberRequest request, ServerCallContext context)
        {
            holder.Server!.Removals++;
            return holder.Server.OnRemove(request, context);
        }

        public override Task<ServerStatus> Status(StatusRequest request, ServerCallContext context) => Task.FromResult(new ServerStatus
        {
            Members = { holder.Server!.Members.Select(m => new MemberStatus { ServerId = m, IsVoter = true }) },
            ServerId = holder.Server.Id,
            Name = $"n{holder.Server.Id}",
            Waiting = holder.Server.Leads().Waiting,
            Term = holder.Server.Leads().Term,
            Role = holder.Server.Leads().IsLeader ? ServerRole.Leader : ServerRole.Follower,
        });
    }

    private sealed class FakeChaos(Holder holder) : Chaos.ChaosBase
    {
        public override Task<ChaosReply> Partition(PartitionRequest request, ServerCallContext context)
        {
            if (context.RequestHeaders.GetValue("raftkv-chaos-token") != "0123456789abcdef")
            {
                throw Refuse(ErrorCode.Denied);
            }

            holder.Server!.Partitions.Enqueue(request);
            return Task.FromResult(new ChaosReply { Epoch = 1 });
        }
    }
}
