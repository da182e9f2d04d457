using System.Collections.Concurrent;
using System.Diagnostics;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Connections;

/// <summary>
/// One operation of a user with all its retries: its deadline, what each server said, and whether anything was sent
/// that may have been applied. Decides how a failure is reported, so that a timeout never reads as "not done".
/// </summary>
internal sealed class Operation(string what, ServerSet servers, ClientOptions options)
{
    /// <summary>
    /// No attempt begins this short before the deadline: it would most likely be cut off in mid-air, and turn a write
    /// that was certainly not done into one that no one knows about.
    /// </summary>
    private static readonly TimeSpan LongestMargin = TimeSpan.FromMilliseconds(100);

    private readonly TimeSpan _margin = options.Deadline / 10 < LongestMargin ? options.Deadline / 10 : LongestMargin;
    private readonly long _started = Stopwatch.GetTimestamp();
    private ConcurrentDictionary<int, string>? _said;
    private RpcFailure? _last;
    private bool _wasRefused;

    /// <summary>An attempt of a write went out that was not certainly refused.</summary>
    public bool MayBeApplied { get; private set; }

    /// <summary>What is left until the deadline; never negative.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = options.Deadline - Stopwatch.GetElapsedTime(_started);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Whether no further attempt is worth while.</summary>
    public bool IsOver => Remaining <= _margin;

    /// <summary>What each server said last. Most operations have no need of it.</summary>
    private ConcurrentDictionary<int, string> Said => LazyInitializer.EnsureInitialized(ref _said, static () => new());

    /// <summary>Notes a failed attempt.</summary>
    /// <param name="server">Where.</param>
    /// <param name="failure">How.</param>
    /// <param name="isWrite">Whether the attempt could change the user's data.</param>
    public void Failed(ServerConnection server, RpcFailure failure, bool isWrite)
    {
        _last = failure;
        _wasRefused |= failure.CertainlyNotDone;
        Said[server.Id] = failure.Describe();
        if (isWrite && !failure.CertainlyNotDone)
        {
            MayBeApplied = true;
        }

        options.OnRetry?.Invoke($"{what}: {server}: {failure.Describe()}.");
    }

    /// <summary>Notes a round of asking who leads.</summary>
    public void Asked(Sighting sighting)
    {
        foreach (var (id, text) in sighting.Said)
        {
            Said[id] = text;
        }

        if (options.OnRetry is { } tell)
        {
            tell(sighting.Leader is { } leader
                ? $"{what}: {leader.Server} leads in term {leader.Term}."
                : $"{what}: no server claims to lead.");
        }
    }

    /// <summary>The failure to report now that no further attempt will be made.</summary>
    public RaftKvException GiveUp(bool isRead)
    {
        IReadOnlyList<string> asked = [.. servers.All.Select(s => $"{s}: {Said.GetValueOrDefault(s.Id, "was not asked")}")];
        var seconds = FormattableString.Invariant($"{options.Deadline.TotalSeconds:0.###}");
        if (MayBeApplied)
        {
            return new RaftKvException(
                ErrorKind.OutcomeUnknown,
                $"{what}: no answer within {seconds} s. It was sent, so it may or may not have been done; read before you decide.")
            {
                Asked = asked,
            };
        }

        if (_last is { Code: ErrorCode.Overloaded })
        {
            return new RaftKvException(
                ErrorKind.Overloaded, $"{what}: nothing was done, because the server refused it for {seconds} s. It says: {_last.Describe()}")
            {
                Asked = asked,
            };
        }

        if (isRead && !_wasRefused && _last is { CertainlyNotDone: false })
        {
            return new RaftKvException(ErrorKind.ReadTimeout, $"{what}: no answer within {seconds} s. {string.Join("; ", asked)}.") { Asked = asked };
        }

        return new RaftKvException(
            ErrorKind.NoLeader,
            $"{what}: cluster '{servers.Spec.Name}' had no leader that could be reached within {seconds} s; nothing was done. {string.Join("; ", asked)}.")
        {
            Asked = asked,
        };
    }
}
