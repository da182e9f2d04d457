using Grpc.Core;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Connections;

/// <summary>What came of a call at the leader.</summary>
/// <param name="Value">The answer, when it came.</param>
/// <param name="SessionLost">The session is unknown to the cluster; nothing of this operation was applied.</param>
internal sealed record LeaderAnswer<T>(T? Value, bool SessionLost);

/// <summary>
/// Makes a call at the leader, again and again until it is answered or the deadline passes. While a server is
/// silent the others are asked for a newer leader, so that a frozen or cut off leader costs no whole attempt. One that
/// says itself that it still leads is busy: the attempt goes on, because to send a write again would only add to its work.
/// </summary>
internal sealed class LeaderCall(LeaderFinder leaders, ClientOptions options)
{
    /// <summary>Hints followed in a row before all servers are asked: two servers may point to each other.</summary>
    private const int MaxHintsInRow = 2;

    private const int MinPauseMs = 5;
    private const int MaxPauseMs = 50;

    /// <summary>Runs it. <paramref name="send"/> is called once an attempt and must send the very same request.</summary>
    /// <exception cref="RaftKvException">As the operation decides.</exception>
    public async Task<LeaderAnswer<T>> RunAsync<T>(
        Operation operation,
        CallKind kind,
        Func<ServerConnection, CancellationToken, Task<T>> send,
        CancellationToken cancellationToken)
    {
        var hints = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (operation.IsOver)
            {
                throw operation.GiveUp(kind == CallKind.Read);
            }

            var leader = leaders.Current ?? await LookAsync(operation, cancellationToken);
            if (leader is null)
            {
                await PauseAsync(operation, cancellationToken);
                continue;
            }

            var (answer, failure) = await AttemptAsync(operation, leader, send, cancellationToken);
            if (failure is null)
            {
                return new LeaderAnswer<T>(answer, SessionLost: false);
            }

            operation.Failed(leader.Server, failure, kind == CallKind.Write);
            if (failure.Code is ErrorCode.SessionUnknown or ErrorCode.SequenceForgotten)
            {
                return operation.MayBeApplied ? throw operation.GiveUp(isRead: false) : new LeaderAnswer<T>(default, SessionLost: true);
            }

            if (failure.IsFinal)
            {
                // A refusal of this attempt says nothing about an earlier one; only a replicated outcome speaks for all.
                var speaksForAll = !operation.MayBeApplied || failure.Code is ErrorCode.VersionMismatch or ErrorCode.KeyNotFound;
                throw !speaksForAll ? operation.GiveUp(isRead: false) : failure.ToException(leader.Server.ToString());
            }

            hints = Redirect(leader, failure, hints);
            if (hints == 0)
            {
                await PauseAsync(operation, cancellationToken);
            }
        }
    }

    /// <summary>Changes who is asked next. Returns the hints followed in a row; 0: pause first.</summary>
    private int Redirect(Leader failed, RpcFailure failure, int hints)
    {
        if (failure.Code == ErrorCode.Overloaded)
        {
            return 0;
        }

        leaders.Forget(failed);
        if (failure.Code == ErrorCode.NotLeader && failure.Detail!.LeaderId != failed.Server.Id && hints < MaxHintsInRow
            && leaders.Hint(failed, failure.Detail.LeaderId))
        {
            return hints + 1;
        }

        return 0;
    }

    private async Task<Leader?> LookAsync(Operation operation, CancellationToken cancellationToken)
    {
        var round = leaders.FindAsync();
        await ((Task)round).WaitAsync(operation.Remaining, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (!round.IsCompleted)
        {
            return null;
        }

        var sighting = await round;
        operation.Asked(sighting);
        if (sighting.Foreign is { } foreign && !operation.MayBeApplied)
        {
            throw foreign.ToException("Every server that answered");
        }

        return sighting.Leader;
    }

    private async Task<(T? Answer, RpcFailure? Failure)> AttemptAsync<T>(
        Operation operation,
        Leader leader,
        Func<ServerConnection, CancellationToken, Task<T>> send,
        CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Extend();
        var call = send(leader.Server, limit.Token);
        try
        {
            if (await IsOvertakenAsync(call, leader, Extend, cancellationToken))
            {
                await limit.CancelAsync();
            }

            return (await call, null);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (default, new RpcFailure(e));
        }
        catch (ObjectDisposedException) when (operation.MayBeApplied)
        {
            // The client was closed between two attempts: that undoes nothing of the first.
            throw operation.GiveUp(isRead: false);
        }

        void Extend()
        {
            var left = operation.Remaining;
            limit.CancelAfter(left < options.AttemptTimeout ? left : options.AttemptTimeout);
        }
    }

    /// <summary>
    /// Waits for the call; true when meanwhile another server turned out to lead in a newer term. Says so whenever this
    /// one turned out to lead still.
    /// </summary>
    private async Task<bool> IsOvertakenAsync(Task call, Leader leader, Action stillLeads, CancellationToken cancellationToken)
    {
        while (!call.IsCompleted)
        {
            await call.WaitAsync(options.SilencePatience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (call.IsCompleted || cancellationToken.IsCancellationRequested)
            {
                break;
            }

            var round = leaders.FindAsync();
            await Task.WhenAny(call, round);
            if (!round.IsCompletedSuccessfully || (await round).Leader is not { } found)
            {
                continue;
            }

            if (found.Server == leader.Server)
            {
                stillLeads();
            }
            else if (found.Term > leader.Term)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A short pause of random length, so that many waiting calls do not come back in step.</summary>
    public static Task PauseAsync(Operation operation, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(Random.Shared.Next(MinPauseMs, MaxPauseMs + 1));
        return Task.Delay(pause < operation.Remaining ? pause : operation.Remaining, cancellationToken);
    }
}
