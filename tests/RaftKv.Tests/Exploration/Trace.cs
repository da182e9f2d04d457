using System.Globalization;
using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Tests.Core;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// A way through the states as a golden transcript: the bounds in one line, then each move, and below it everything
/// that happened. It is run again from its own text, so that it goes on telling what becomes of it.
/// </summary>
internal sealed class Trace
{
    private readonly Bounds _bounds;
    private readonly Interned _interned;
    private readonly MoveMaker _maker;
    private readonly Worker _worker;
    private readonly ClusterState _state;
    private readonly StringBuilder _text = new();
    private string? _broken;

    private Trace(Bounds bounds)
    {
        _bounds = bounds;
        _interned = new Interned(bounds, new Names(bounds));
        _maker = new MoveMaker(bounds, _interned, new Judge(bounds, _interned));
        _worker = new Worker(bounds, _interned);
        _state = new ClusterState(bounds);
        _broken = _maker.Begin(_state, _worker);
    }

    /// <summary>The text of a way that a search found.</summary>
    public static string Of(Bounds bounds, IEnumerable<Move> path, Interned interned)
    {
        var commands = path.Select(m => Name(m, m.Kind is MoveKind.Deliver or MoveKind.Repeat ? interned.Message(m.Argument).Message : null));
        return Rewrite(string.Join('\n', [$"explore {BoundsText.Of(bounds)}", .. commands]));
    }

    /// <summary>The file as it should be: its moves with what happens now below each.</summary>
    public static string Rewrite(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').Where(l => l.Length > 0 && !l.StartsWith(' ')).ToList();
        var comments = lines.TakeWhile(l => l.StartsWith('#')).ToList();
        var head = lines[comments.Count];
        var trace = new Trace(BoundsText.Parse(head.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]));
        foreach (var line in lines[..(comments.Count + 1)])
        {
            trace._text.Append(line).Append('\n');
        }

        foreach (var line in lines[(comments.Count + 1)..])
        {
            trace._text.Append(line).Append('\n');
            if (!line.StartsWith('#'))
            {
                trace.Run(line);
            }
        }

        return trace._text.ToString();
    }

    private void Run(string line)
    {
        if (_broken is not null || Find(line) is not { } move)
        {
            Write(_broken is null ? "is not possible now" : "comes too late");
            return;
        }

        // Once more for the transcript, as the states remember only what the first time came to.
        if (move.Kind is not (MoveKind.Tick or MoveKind.Leap))
        {
            _worker.Turns.Observer = (server, effects) => Transcript.Tell(server.Id, effects, Write);
            _worker.Turns.After(_interned.Server(_state.Servers[move.Server]).Server, move, move.Kind is MoveKind.Deliver or MoveKind.Repeat ? _interned.Message(move.Argument).Message : null);
            _worker.Turns.Observer = null;
        }

        var next = new ClusterState(_bounds);
        _broken = _maker.Make(_state, move, next, _worker).Broken;
        for (var i = 0; i < next.MessageCount; i++)
        {
            if (_state.Messages.AsSpan(0, _state.MessageCount).BinarySearch(next.Messages[i]) < 0)
            {
                Write($"{Transcript.Describe(_interned.Message(next.Messages[i]).Message)} leaves");
            }
        }

        next.CopyTo(_state);
        if (_broken is not null)
        {
            Write($"BROKEN: {_broken}");
        }
    }

    private Move? Find(string line)
    {
        var moves = new List<Move>();
        _maker.List(_state, moves);
        var isSlow = line.EndsWith(SlowEnd, StringComparison.Ordinal);
        var wanted = isSlow ? line[..^SlowEnd.Length] : line;
        foreach (var move in moves)
        {
            if (Name(move, move.Kind is MoveKind.Deliver or MoveKind.Repeat ? _interned.Message(move.Argument).Message : null) == wanted)
            {
                return move with { IsSlow = isSlow };
            }
        }

        return null;
    }

    private const string SlowEnd = " with a slow disk";

    private static string Name(Move move, Message? message)
    {
        var server = string.Create(CultureInfo.InvariantCulture, $"{move.Server + 1}");
        var what = move.Kind switch
        {
            MoveKind.Tick or MoveKind.Leap => $"{move.Kind}",
            MoveKind.Deliver or MoveKind.Repeat => $"{move.Kind} {Transcript.Describe(message!)}",
            MoveKind.Transfer or MoveKind.Add or MoveKind.Promote or MoveKind.Remove => $"{move.Kind} {server} {move.Argument + 1}",
            _ => $"{move.Kind} {server}",
        };
        return $"{char.ToLowerInvariant(what[0])}{what[1..]}{(move.IsSlow ? SlowEnd : "")}";
    }

    private void Write(string line) => _text.Append("  ").Append(line).Append('\n');
}
