using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Faults;
using RaftKv.Node.Services;

namespace RaftKv.Tests.Host;

public sealed class RequestGateTests : IDisposable
{
    private const string Cluster = "0123456789abcdef0123456789abcdef";

    private readonly FaultMatrix _matrix = new([new NodeId(1)]);
    private readonly CallContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task RunAsync_MoreRequestsThanAllowed_RefusesTheNextAndRecovers()
    {
        var gate = new RequestGate(Cluster, maxConcurrentRequests: 2, _matrix);
        var release = new TaskCompletionSource<int>();
        var first = gate.RunAsync(null, _context, () => release.Task);
        var second = gate.RunAsync(null, _context, () => release.Task);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => gate.RunAsync(null, _context, () => Task.FromResult(3)));
        release.SetResult(1);
        await Task.WhenAll(first, second);

        Assert.Equal((StatusCode.ResourceExhausted, ErrorCode.Overloaded), (refusal.StatusCode, Errors.Of(refusal).Code));
        Assert.Equal(3, await gate.RunAsync(null, _context, () => Task.FromResult(3)));
    }

    [Fact]
    public async Task RunAsync_ManyInOne_CountAsManyAndPassAloneWhateverTheirNumber()
    {
        var gate = new RequestGate(Cluster, maxConcurrentRequests: 3, _matrix);
        var release = new TaskCompletionSource<int>();
        var many = gate.RunAsync(null, _context, () => release.Task, weight: 5);

        await Assert.ThrowsAsync<RpcException>(() => gate.RunAsync(null, _context, () => Task.FromResult(3)));
        release.SetResult(1);
        await many;

        var two = gate.RunAsync(null, _context, () => Task.FromResult(2), weight: 2);
        Assert.Equal(2, await two);
    }

    [Fact]
    public async Task RunAsync_RequestThatFails_GivesItsPlaceBack()
    {
        var gate = new RequestGate(Cluster, maxConcurrentRequests: 1, _matrix);

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => gate.RunAsync<int>(null, _context, () => throw new InvalidOperationException()));

        Assert.Equal(1, await gate.RunAsync(null, _context, () => Task.FromResult(1)));
    }

    [Fact]
    public async Task RunAsync_MutedWhileUnderWay_TheAnswerDoesNotLeave()
    {
        var gate = new RequestGate(Cluster, maxConcurrentRequests: 1, _matrix);
        var release = new TaskCompletionSource<int>();
        var request = gate.RunAsync(null, _context, () => release.Task);
        _matrix.Mute(true);
        release.SetResult(1);
        Assert.False(request.IsCompleted);

        await _context.GiveUpAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => request);
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(Cluster, true)]
    [InlineData("ffffffffffffffffffffffffffffffff", false)]
    public void RequireCluster_AnotherCluster_IsRefused(string id, bool allowed)
    {
        var gate = new RequestGate(Cluster, maxConcurrentRequests: 1, _matrix);

        var error = Record.Exception(() => gate.RequireCluster(new RequestHeader { ClusterId = id }));

        Assert.Equal(allowed, error is null);
    }

    private sealed class CallContext : ServerCallContext, IDisposable
    {
        private readonly CancellationTokenSource _cancelled = new();

        public Task GiveUpAsync() => _cancelled.CancelAsync();

        public void Dispose() => _cancelled.Dispose();

        protected override string MethodCore => "";

        protected override string HostCore => "";

        protected override string PeerCore => "";

        protected override DateTime DeadlineCore => DateTime.MaxValue;

        protected override Metadata RequestHeadersCore => [];

        protected override CancellationToken CancellationTokenCore => _cancelled.Token;

        protected override Metadata ResponseTrailersCore => [];

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore => throw new NotSupportedException();

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
            throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
    }
}
