namespace RaftKv.Api.Clients;

/// <summary>What a chaos call reached. A call returns when every live server confirmed; those that did not are named.</summary>
/// <param name="Confirmed">Servers that confirmed.</param>
/// <param name="Missing">Servers that did not, with why.</param>
public sealed record ChaosResult(IReadOnlyList<int> Confirmed, IReadOnlyDictionary<int, string> Missing);
