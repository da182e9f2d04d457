using System.Diagnostics;
using Grpc.Core;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Clients;

/// <summary>Changing who belongs to the cluster, one server at a time.</summary>
public sealed partial class AdminClient
{
    private static readonly TimeSpan ChangeLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ChangeAttemptLimit = TimeSpan.FromSeconds(5);

    /// <summary>Adds a server as a learner, which receives entries and does not vote.</summary>
    /// <param name="serverId">Its id, above every id ever given in this cluster.</param>
    /// <param name="endpoint">Where its peers reach it.</param>
    /// <param name="incarnation">The number of its data directory, so that no other server comes in its place; 0 when it is not known.</param>
    /// <param name="cancellationToken">Ends the wait; whether the change comes into force is unknown then.</param>
    /// <exception cref="RaftKvException">NoLeader, MembershipBusy, InvalidArgument, OutcomeUnknown, ServerUnreachable.</exception>
    public Task AddMemberAsync(int serverId, Uri endpoint, ulong incarnation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var request = new AddMemberRequest { Header = _servers.Header, ServerId = serverId, Endpoint = endpoint.ToString(), Incarnation = incarnation };
        return ChangeAsync(
            async (server, token) => await server.Admin.AddMemberAsync(request, cancellationToken: token),
            members => members.Any(m => m.ServerId == serverId && m.Incarnation == incarnation), ChangeLimit, cancellationToken);
    }

    /// <summary>Makes a learner a voter, once it has caught up.</summary>
    /// <param name="serverId">The learner.</param>
    /// <param name="patience">How long it may take to catch up.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RaftKvException">NotCaughtUp after that time; NoLeader, MembershipBusy, ServerNotFound, OutcomeUnknown, ServerUnreachable.</exception>
    public Task PromoteMemberAsync(int serverId, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        var request = new PromoteMemberRequest { Header = _servers.Header, ServerId = serverId };
        return ChangeAsync(
            async (server, token) => await server.Admin.PromoteMemberAsync(request, cancellationToken: token),
            members => members.Any(m => m.ServerId == serverId && m.IsVoter), patience, cancellationToken);
    }

    /// <summary>Removes a server, learner or voter, forever. The leader may be removed; another leads then.</summary>
    /// <exception cref="RaftKvException">NoLeader, MembershipBusy, ServerNotFound, InvalidArgument, OutcomeUnknown, ServerUnreachable.</exception>
    public Task RemoveMemberAsync(int serverId, CancellationToken cancellationToken = default)
    {
        var request = new RemoveMemberRequest { Header = _servers.Header, ServerId = serverId };
        return ChangeAsync(
            async (server, token) => await server.Admin.RemoveMemberAsync(request, cancellationToken: token),
            members => members.All(m => m.ServerId != serverId), ChangeLimit, cancellationToken);
    }

    /// <summary>
    /// Asks the leader until the change is made or cannot be. A change says what is to be, not what is to happen,
    /// and ids are never given again: so after an unknown outcome the members tell whether it was made, and if not it
    /// is asked for again.
    /// </summary>
    private async Task ChangeAsync(
        Func<ServerConnection, CancellationToken, Task<MembershipReply>> send,
        Func<IEnumerable<MemberStatus>, bool> isMade,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var mayBeMade = false;
        while (true)
        {
            var all = await GetAllStatusAsync(cancellationToken);
            var leader = LeadersIn(all) is [var first, ..] ? first : null;
            if (mayBeMade && leader is not null && leader.ConfigurationIndex <= leader.CommitIndex && isMade(leader.Members))
            {
                return;
            }

            try
            {
                if (leader is null)
                {
                    throw NoLeader("change the membership", all);
                }

                await CallOnceAsync(leader.ServerId, send, cancellationToken);
                return;
            }
            catch (RaftKvException e) when (mayBeMade || MayAskAgain(e.Kind))
            {
                mayBeMade |= e.Kind == ErrorKind.OutcomeUnknown;
                if (watch.Elapsed >= patience)
                {
                    throw !mayBeMade || e.Kind == ErrorKind.OutcomeUnknown
                        ? e
                        : new RaftKvException(ErrorKind.OutcomeUnknown, $"Whether the membership was changed is unknown. The last answer was: {e.Message}", e);
                }

                await Task.Delay(RetryPause, cancellationToken);
            }
        }
    }

    private static bool MayAskAgain(ErrorKind kind) =>
        kind is ErrorKind.NoLeader or ErrorKind.MembershipBusy or ErrorKind.NotCaughtUp or ErrorKind.OutcomeUnknown;

    private async Task CallOnceAsync(
        int leaderId, Func<ServerConnection, CancellationToken, Task<MembershipReply>> send, CancellationToken cancellationToken)
    {
        var leader = _servers.Find(leaderId);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ChangeAttemptLimit);
        try
        {
            await send(leader, limit.Token);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var failure = new RpcFailure(e);
            throw failure.Detail is not null || failure.CertainlyNotDone
                ? failure.ToException($"Server {leader}")
                : new RaftKvException(ErrorKind.OutcomeUnknown, $"Server {leader} did not say whether the change was made: {failure.Describe()}.", e);
        }
    }
}
