namespace RaftKv.Api.Views;

/// <summary>What one server does to the messages of its links.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Answered">Whether it answered; where not, nothing else is known.</param>
/// <param name="Muted">Whether it drops all peer and client messages.</param>
/// <param name="Epoch">Rises with every change of its matrix.</param>
/// <param name="Links">The links that are not whole.</param>
public sealed record MatrixView(int ServerId, bool Answered, bool Muted, long Epoch, IReadOnlyList<LinkView> Links);

/// <summary>What happens to messages from one server to another.</summary>
/// <param name="From">The sender.</param>
/// <param name="To">The receiver.</param>
/// <param name="Blocked">Nothing passes.</param>
/// <param name="DropProbability">The share that is lost.</param>
/// <param name="DelayMs">How much later they arrive.</param>
/// <param name="JitterMs">By how much the delay varies.</param>
/// <param name="DuplicateProbability">The share that arrives twice.</param>
/// <param name="ReorderProbability">The share that is overtaken.</param>
public sealed record LinkView(
    int From, int To, bool Blocked, double DropProbability, double DelayMs, double JitterMs, double DuplicateProbability, double ReorderProbability);
