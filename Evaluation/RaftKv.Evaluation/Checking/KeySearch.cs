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

    /// <summary>No search goes on when the values of its states hold more than this.</summary>
    private const long MaxHeldBytes = 256 * 1024 * 1024;

    /// <summary>Up to so many operations under way are remembered with an answer; more are looked up each time.</summary>
    private const int MostPendingKept = 64;

    private readonly IModel _model;
    private readonly Answer[] _answers;
    private readonly HistoryOperation[] _operations;
    private readonly int[] _open;
    private readonly int[] _sameBefore;
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
        _open = [.. Enumerable.Range(0, _operations.Length).Where(i => _operations[i].ReturnLine is null)];
        _sameBefore = SameBefore();
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

            if (_seen.Count >= _maxStates || _model.HeldBytes > MaxHeldBytes)
            {
                return Verdict.Undecided;
            }

            cancellationToken.ThrowIfCancellationRequested();
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
            foreach (var operation in PendingAt(at))
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
        if (!IsPure(due))
        {
            return Effects(configuration, _ => true);
        }

        bool Explains(int state) => _model.Step(state, due) != IModel.Impossible;
        return Effects(configuration, Explains).Concat(Effects(configuration, state => !Explains(state)));
    }

    private IEnumerable<Configuration> Effects(Configuration configuration, Func<int, bool> isWanted)
    {
        var (at, state, done, unseen) = configuration;
        foreach (var operation in PendingAt(at))
        {
            var asked = _operations[operation];
            if (done.Contains(_slots[operation]) || IsPure(asked) || (unseen && IsBlind(asked)))
            {
                continue;
            }

            var next = _model.Step(state, asked);
            if (next != IModel.Impossible && isWanted(next))
            {
                yield return new Configuration(at, next, done.With(_slots[operation]), false);
            }
        }

        for (var i = 0; i < _answers[at].OpenCount; i++)
        {
            // Those that ask for the same take effect in their order: only the first that has not is tried.
            var operation = _open[i];
            var asked = _operations[operation];
            var before = _sameBefore[operation];
            if (done.Contains(_slots[operation]) || (before >= 0 && !done.Contains(_slots[before])) || (unseen && IsBlind(asked)))
            {
                continue;
            }

            // An effect that leaves everything as it was need not happen now.
            var next = _model.Step(state, asked);
            if (next != state && isWanted(next))
            {
                yield return new Configuration(at, next, done.With(_slots[operation]), !_versions && !_isStore);
            }
        }
    }

    /// <summary>Whether an operation's effect and answer are the same whatever the key held.</summary>
    private static bool IsBlind(HistoryOperation operation) =>
        operation.Kind == HistoryOperationKind.Put || (operation.Kind == HistoryOperationKind.Delete && operation.Applied is null);

    private static bool IsPure(HistoryOperation operation) => operation.Kind is HistoryOperationKind.Get or HistoryOperationKind.Scan || operation.Applied == false;

    /// <summary>For each unanswered operation the one before it that asks for the same, or -1.</summary>
    private int[] SameBefore()
    {
        var before = new int[_operations.Length];
        var last = new Dictionary<(HistoryOperationKind, string, string?, string?, long?), int>();
        foreach (var operation in _open)
        {
            var asked = _operations[operation];
            var same = (asked.Kind, asked.Key, asked.Value, asked.ExpectedValue, asked.ExpectedVersion);
            before[operation] = last.TryGetValue(same, out var earlier) ? earlier : -1;
            last[same] = operation;
        }

        return before;
    }

    /// <summary>The operations under way when an answer came that are answered themselves: the soonest first, and so the one that answers.</summary>
    private IEnumerable<int> PendingAt(int answer) =>
        _answers[answer].Pending ?? _answers.Skip(answer).Select(a => a.Operation).Where(o => _operations[o].InvokeLine < _answers[answer].Line).Take(_answers[answer].PendingCount);

    /// <summary>
    /// The answers in their order, each with what was under way. Operations that are never under way together share a slot,
    /// which keeps the sets short and equal configurations equal. Memory grows with the number of operations alone.
    /// </summary>
    private Answer[] AnswersInOrder()
    {
        var asked = _operations.Select((o, i) => (Line: o.InvokeLine, Operation: i, IsAnswer: false));
        var answered = _operations.Index().Where(o => o.Item.ReturnLine is not null).Select(o => (Line: o.Item.ReturnLine!.Value, Operation: o.Index, IsAnswer: true));
        var free = new PriorityQueue<int, int>();
        var pending = new SortedSet<(int ReturnLine, int Operation)>();
        var open = 0;
        var answers = new List<Answer>();
        var slots = 0;
        foreach (var (line, operation, isAnswer) in asked.Concat(answered).OrderBy(e => e.Line))
        {
            if (!isAnswer)
            {
                _slots[operation] = free.TryDequeue(out var slot, out _) ? slot : slots++;
                if (_operations[operation].ReturnLine is { } at)
                {
                    pending.Add((at, operation));
                }
                else
                {
                    open++;
                }

                continue;
            }

            answers.Add(new Answer(line, operation, pending.Count > MostPendingKept ? null : [.. pending.Select(p => p.Operation)], pending.Count, open));
            pending.Remove((line, operation));
            free.Enqueue(_slots[operation], _slots[operation]);
        }

        return [.. answers];
    }

    /// <param name="Answer">The answer that comes next.</param>
    /// <param name="State">The state.</param>
    /// <param name="Done">The slots of operations under way that have taken effect.</param>
    /// <param name="Unseen">The state is an unanswered operation's work that nothing has observed yet.</param>
    private readonly record struct Configuration(int Answer, int State, SlotSet Done, bool Unseen);

    /// <param name="Line">Its line.</param>
    /// <param name="Operation">The operation that it answers.</param>
    /// <param name="Pending">The operations under way that are answered then or later; null where they are many.</param>
    /// <param name="PendingCount">How many they are.</param>
    /// <param name="OpenCount">How many of the unanswered operations had been asked for.</param>
    private sealed record Answer(int Line, int Operation, int[]? Pending, int PendingCount, int OpenCount);
}
