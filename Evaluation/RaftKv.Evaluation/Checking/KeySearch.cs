namespace RaftKv.Evaluation.Checking;

/// <summary>
/// The search over one key: depth first through the answers in their order (Wing and Gong, 1993), with a memory of
/// configurations seen (Lowe, 2017). A configuration is the answer that comes next, the state, and which of the operations
/// under way have taken effect; effects are placed only when an answer demands it, so that the memory stays small.
/// Shortcuts that leave the verdict exact: what changes nothing and fits takes effect at once; of unanswered operations
/// that ask for the same, only the first is tried; unanswered ones come last and need not happen, and never happen only to
/// be overwritten unseen (without versions, which would count them).
/// </summary>
internal sealed class KeySearch
{
    private const int StatesShown = 10;

    private readonly IModel _model;
    private readonly Answer[] _answers;
    private readonly HistoryOperation[] _operations;
    private readonly int[] _slots;
    private readonly long _maxStates;
    private readonly bool _versions;
    private readonly bool _isStore;
    private readonly HashSet<Configuration> _seen = [];
    private int _furthest;

    public KeySearch(IReadOnlyList<HistoryOperation> operations, string? initialValue, long maxStates)
    {
        // An unanswered read tells nothing and changes nothing.
        _operations = [.. operations.Where(o => o.ReturnLine is not null || o.Kind is not (HistoryOperationKind.Get or HistoryOperationKind.Scan)).OrderBy(o => o.InvokeLine)];
        _versions = _operations.Any(o => o.Version is not null || o.ExpectedVersion is not null || o.Scanned is not null);
        _isStore = operations.Any(o => o.Kind == HistoryOperationKind.Scan || o.Key != operations[0].Key);
        _model = _isStore ? new StoreModel(operations, initialValue, _versions) : new KeyModel(initialValue, _versions);
        _maxStates = maxStates;
        _slots = new int[_operations.Length];
        _answers = AnswersInOrder();
    }

    /// <summary>Configurations seen.</summary>
    public long StatesExplored => _seen.Count;

    public Verdict Run(CancellationToken cancellationToken)
    {
        var stack = new Stack<(Configuration At, IEnumerator<Configuration> Next)>();
        if (!Enter(stack, new Configuration(0, _model.Initial, default, false)))
        {
            return Verdict.Linearizable;
        }

        while (stack.TryPeek(out var top))
        {
            if (!top.Next.MoveNext())
            {
                stack.Pop();
                continue;
            }

            if (!Enter(stack, top.Next.Current))
            {
                return Verdict.Linearizable;
            }

            if (_seen.Count >= _maxStates)
            {
                return Verdict.Undecided;
            }

            if ((_seen.Count & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return Verdict.NotLinearizable;
    }

    /// <summary>The line of the answer that no configuration got past, after a search without success.</summary>
    public int FurthestLine => _answers[_furthest].Line;

    /// <summary>What the key can have held since a line, as far as the search went, without the effect of one operation.</summary>
    public IReadOnlyList<string> StatesSince(int line, HistoryOperation without)
    {
        // A state is remembered with the answer that it cannot get past: those remembered with a later answer than the
        // line are all that the key held at any time after it.
        var from = Array.FindIndex(_answers, a => a.Line > line);
        var slot = Array.IndexOf(_operations, without) is >= 0 and var index ? _slots[index] : -1;
        return [.. _seen
            .Where(c => c.Answer >= from && (slot < 0 || !c.Done.Contains(slot)))
            .Select(c => c.State).Distinct().Order().Take(StatesShown).Select(_model.Describe)];
    }

    /// <returns>False when the end of the history is reached.</returns>
    private bool Enter(Stack<(Configuration At, IEnumerator<Configuration> Next)> stack, Configuration configuration)
    {
        if (Settle(configuration) is not { } settled)
        {
            return false;
        }

        if (_seen.Add(settled))
        {
            _furthest = Math.Max(_furthest, settled.Answer);
            stack.Push((settled, Successors(settled).GetEnumerator()));
        }

        return true;
    }

    /// <summary>Lets what changes nothing take effect, and passes the answers that are thereby explained; null at the end.</summary>
    private Configuration? Settle(Configuration configuration)
    {
        var (at, state, done, unseen) = configuration;
        while (at < _answers.Length)
        {
            foreach (var operation in _answers[at].Pending)
            {
                if (IsPure(_operations[operation]) && !done.Contains(_slots[operation]) && _model.Step(state, _operations[operation]) == state)
                {
                    done = done.With(_slots[operation]);
                    unseen = false;
                }
            }

            var slot = _slots[_answers[at].Operation];
            if (!done.Contains(slot))
            {
                return new Configuration(at, state, done, unseen);
            }

            done = done.Without(slot);
            at++;
        }

        return null;
    }

    /// <summary>What may take effect next: first what explains the answer that is due, unanswered operations last.</summary>
    private IEnumerable<Configuration> Successors(Configuration configuration)
    {
        var due = _operations[_answers[configuration.Answer].Operation];
        var all = Effects(configuration).ToArray();
        return IsPure(due) ? all.OrderBy(c => _model.Step(c.State, due) == IModel.Impossible) : all;
    }

    private IEnumerable<Configuration> Effects(Configuration configuration)
    {
        var (at, state, done, unseen) = configuration;
        foreach (var operation in _answers[at].Pending)
        {
            var asked = _operations[operation];
            if (done.Contains(_slots[operation]) || IsPure(asked) || (unseen && IsBlind(asked)))
            {
                continue;
            }

            var next = _model.Step(state, asked);
            if (next != IModel.Impossible)
            {
                yield return new Configuration(at, next, done.With(_slots[operation]), false);
            }
        }

        var tried = new HashSet<(HistoryOperationKind, string, string?, string?, long?)>();
        foreach (var operation in _answers[at].Open)
        {
            var asked = _operations[operation];
            if (done.Contains(_slots[operation]) || (unseen && IsBlind(asked))
                || !tried.Add((asked.Kind, asked.Key, asked.Value, asked.ExpectedValue, asked.ExpectedVersion)))
            {
                continue;
            }

            // An effect that leaves everything as it was need not happen now.
            var next = _model.Step(state, asked);
            if (next != state)
            {
                yield return new Configuration(at, next, done.With(_slots[operation]), !_versions && !_isStore);
            }
        }
    }

    /// <summary>Whether an operation's effect and answer are the same whatever the key held.</summary>
    private static bool IsBlind(HistoryOperation operation) =>
        operation.Kind == HistoryOperationKind.Put || (operation.Kind == HistoryOperationKind.Delete && operation.Applied is null);

    private static bool IsPure(HistoryOperation operation) => operation.Kind is HistoryOperationKind.Get or HistoryOperationKind.Scan || operation.Applied == false;

    /// <summary>
    /// The answers in their order, each with what was under way. Operations that are never under way together share a slot,
    /// which keeps the sets short and equal configurations equal.
    /// </summary>
    private Answer[] AnswersInOrder()
    {
        var asked = _operations.Select((o, i) => (Line: o.InvokeLine, Operation: i, IsAnswer: false));
        var answered = _operations.Index().Where(o => o.Item.ReturnLine is not null).Select(o => (Line: o.Item.ReturnLine!.Value, Operation: o.Index, IsAnswer: true));
        var free = new PriorityQueue<int, int>();
        var pending = new List<int>();
        var open = new List<int>();
        var answers = new List<Answer>();
        var slots = 0;
        foreach (var (line, operation, isAnswer) in asked.Concat(answered).OrderBy(e => e.Line))
        {
            if (!isAnswer)
            {
                _slots[operation] = free.TryDequeue(out var slot, out _) ? slot : slots++;
                (_operations[operation].ReturnLine is null ? open : pending).Add(operation);
                continue;
            }

            // The operation that answers comes first, then those that answer soonest.
            answers.Add(new Answer(line, operation, [.. pending.OrderBy(p => _operations[p].ReturnLine)], [.. open]));
            pending.Remove(operation);
            free.Enqueue(_slots[operation], _slots[operation]);
        }

        return [.. answers];
    }

    /// <param name="Answer">The answer that comes next.</param>
    /// <param name="State">The state.</param>
    /// <param name="Done">The slots of operations under way that have taken effect.</param>
    /// <param name="Unseen">The state is an unanswered operation's work that nothing has observed yet.</param>
    private readonly record struct Configuration(int Answer, int State, SlotSet Done, bool Unseen);

    private sealed record Answer(int Line, int Operation, int[] Pending, int[] Open);
}
