using Grpc.Core;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Connections;

/// <summary>A server that claims to lead, and the term it claims; term 0: somebody else said so.</summary>
internal sealed record Leader(ServerConnection Server, long Term);

/// <summary>What a round of asking found.</summary>
/// <param name="Leader">The claimed leader with the highest term, or null.</param>
/// <param name="Said">What each server said.</param>
/// <param name="Foreign">Set where the server that answered belongs to another cluster: asking again would not change that.</param>
internal sealed record Sighting(Leader? Leader, IReadOnlyDictionary<int, string> Said, RpcFailure? Foreign);

/// <summary>
/// Remembers who leads and asks all servers when no one is known. One round serves all calls that want one at the
/// same time, so that a thousand waiting writes do not become a thousand questions. Thread-safe.
/// </summary>
internal sealed class LeaderFinder(ServerSet servers)
{
    /// <summary>How long the slowest server is waited for.</summary>
    private static readonly TimeSpan RoundLimit = TimeSpan.FromSeconds(1);

    /// <summary>How long the rest is waited for once a majority has answered: a frozen server must not cost more.</summary>
    private static readonly TimeSpan StragglerLimit = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private Task<Sighting>? _round;
    private Leader? _current;

    /// <summary>The last known leader, or null.</summary>
    public Leader? Current => Volatile.Read(ref _current);

    /// <summary>Forgets this one; a leader that somebody found meanwhile stays.</summary>
    public void Forget(Leader leader) => Interlocked.CompareExchange(ref _current, null, leader);

    /// <summary>Takes a refusing server's word for who leads, unless somebody found a leader meanwhile.</summary>
    /// <returns>False when the hint names no one of this cluster.</returns>
    public bool Hint(Leader refused, int leaderId)
    {
        if (servers.TryFind(leaderId) is not { } server)
        {
            return false;
        }

        Interlocked.CompareExchange(ref _current, new Leader(server, refused.Term), null);
        return true;
    }

    /// <summary>Asks all servers, or joins the round that is under way. Never fails.</summary>
    public Task<Sighting> FindAsync()
    {
        lock (_lock)
        {
            if (_round is null || _round.IsCompleted)
            {
                _round = AskAllAsync();
            }

            return _round;
        }
    }

    private async Task<Sighting> AskAllAsync()
    {
        var limit = new CancellationTokenSource(RoundLimit);
        var asking = servers.All.Select(server => AskAsync(server, limit.Token)).ToList();
        var said = new Dictionary<int, string>();
        Leader? best = null;
        var highestTerm = 0L;
        var answers = 0;
        RpcFailure? foreign = null;
        await foreach (var asked in Task.WhenEach(asking))
        {
            var (server, reply, text, failure) = await asked;
            said[server.Id] = text;
            if (reply is null)
            {
                foreign = failure is { IsForeign: true } ? failure : foreign;
                continue;
            }

            answers++;
            highestTerm = Math.Max(highestTerm, reply.Term);
            if (reply.IsLeader && (best is null || reply.Term > best.Term))
            {
                best = new Leader(server, reply.Term);
            }

            if (answers >= servers.Majority)
            {
                if (best is not null && best.Term >= highestTerm)
                {
                    break;
                }

                limit.CancelAfter(StragglerLimit);
            }
        }

        // Who has not answered yet does so soon or at the limit: to cancel it would cost an exception on every good day.
        _ = Task.WhenAll(asking).ContinueWith(_ => limit.Dispose(), TaskScheduler.Default);
        if (best is not null && (Current is not { } known || best.Term >= known.Term))
        {
            Volatile.Write(ref _current, best);
        }

        return new Sighting(best, said, answers == 0 ? foreign : null);
    }

    private async Task<Asked> AskAsync(ServerConnection server, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await server.Admin.IsLeaderAsync(new IsLeaderRequest { Header = servers.Header }, cancellationToken: cancellationToken);
            var text = reply switch
            {
                { IsLeader: true } => $"leads in term {reply.Term}",
                { LeaderId: 0 } => $"not the leader, knows none in term {reply.Term}",
                _ => $"not the leader, points to server {reply.LeaderId} in term {reply.Term}",
            };
            return new Asked(server, reply, reply.Waiting.Length > 0 ? $"{text}, {reply.Waiting}" : text, null);
        }
        catch (RpcException e)
        {
            var failure = new RpcFailure(e);
            return new Asked(server, null, failure.Describe(), failure);
        }
        catch (ObjectDisposedException)
        {
            return new Asked(server, null, "the connection is closed", null);
        }
    }

    /// <summary>What one server said, or how asking it failed.</summary>
    private sealed record Asked(ServerConnection Server, IsLeaderReply? Reply, string Said, RpcFailure? Failure);
}
