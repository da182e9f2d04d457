using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Node;

namespace RaftKv.Tests.Host;

public sealed class ServiceErrorsTests
{
    [Fact]
    public void NotLeader_CarriesTheHint()
    {
        var detail = DetailOf(ServiceErrors.Of(RefusalReason.NotLeader, new NodeId(4), 0, ""), StatusCode.Unavailable);

        Assert.Equal((ErrorCode.NotLeader, 4), (detail.Code, detail.LeaderId));
    }

    [Fact]
    public void Transferring_IsNotLeaderWithoutAHint()
    {
        var detail = DetailOf(ServiceErrors.Of(RefusalReason.Transferring, new NodeId(4), 0, ""), StatusCode.Unavailable);

        Assert.Equal((ErrorCode.NotLeader, 0), (detail.Code, detail.LeaderId));
    }

    [Fact]
    public void DiskFull_NamesTheDisk()
    {
        var detail = DetailOf(ServiceErrors.Of(RefusalReason.DiskFull, new NodeId(4), 0, "waits for room on the disk of /data/n1"), StatusCode.ResourceExhausted);

        Assert.Equal(ErrorCode.Overloaded, detail.Code);
        Assert.StartsWith("This server waits for room on the disk of /data/n1; nothing was done.", detail.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, StatusCode.DeadlineExceeded)]
    [InlineData(false, StatusCode.Aborted)]
    public void X4_OutcomeUnknown_IsNeverAPlainFailure(bool deadlinePassed, StatusCode status)
    {
        var detail = DetailOf(ServiceErrors.OutcomeUnknown(deadlinePassed), status);

        Assert.Equal(ErrorCode.OutcomeUnknown, detail.Code);
    }

    [Theory]
    [InlineData(ReplyStatus.KeyNotFound, nameof(ErrorCode.KeyNotFound), StatusCode.NotFound)]
    [InlineData(ReplyStatus.ConditionFailed, nameof(ErrorCode.VersionMismatch), StatusCode.FailedPrecondition)]
    [InlineData(ReplyStatus.SessionUnknown, nameof(ErrorCode.SessionUnknown), StatusCode.FailedPrecondition)]
    [InlineData(ReplyStatus.SequenceForgotten, nameof(ErrorCode.SequenceForgotten), StatusCode.FailedPrecondition)]
    public void Reply_EachStatus_HasItsCode(ReplyStatus status, string code, StatusCode grpc)
    {
        var detail = DetailOf(ServiceErrors.Of(new Reply(status, 9, 1, 2, 3))!, grpc);

        Assert.Equal(code, detail.Code.ToString());
        Assert.Equal(status == ReplyStatus.ConditionFailed ? 3 : 0, detail.ActualVersion);
    }

    [Fact]
    public void Reply_EveryFailureStatus_IsMapped() =>
        Assert.All(
            Enum.GetValues<ReplyStatus>().Where(s => s != ReplyStatus.Ok),
            s => Assert.NotEqual(ErrorCode.Unspecified, DetailOf(ServiceErrors.Of(new Reply(s, 0, 0, 0, 0))!, null).Code));

    [Fact]
    public void Reply_Ok_IsNoError() => Assert.Null(ServiceErrors.Of(new Reply(ReplyStatus.Ok, 1, 1, 1, 1)));

    private static ErrorDetail DetailOf(RpcException exception, StatusCode? status)
    {
        if (status is { } expected)
        {
            Assert.Equal(expected, exception.StatusCode);
        }

        return ErrorDetail.Parser.ParseFrom(exception.Trailers.GetValueBytes(ProtocolConstants.ErrorTrailer));
    }
}
