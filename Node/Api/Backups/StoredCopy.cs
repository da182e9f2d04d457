namespace RaftKv.Api.Backups;

/// <summary>What a server's directory holds, as <c>raftkv-node backup</c> says it on one line.</summary>
/// <param name="ClusterId">The cluster.</param>
/// <param name="ServerId">The server.</param>
/// <param name="Index">The last entry.</param>
/// <param name="Term">Its term.</param>
/// <param name="CommittedIndex">Up to here its entries are known to be committed; zero where that was not looked at.</param>
/// <param name="TailWasTrimmed">Whether a damaged last record was left out.</param>
/// <param name="Voters">Who votes as of the last entry; empty where that was not looked at.</param>
public sealed record StoredCopy(
    string ClusterId, int ServerId, long Index, long Term, long CommittedIndex, bool TailWasTrimmed, IReadOnlyList<int> Voters);
