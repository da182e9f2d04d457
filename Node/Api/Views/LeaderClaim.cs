namespace RaftKv.Api.Views;

/// <summary>Whether a server says that it leads.</summary>
/// <param name="IsLeader">Whether it does.</param>
/// <param name="Term">Its term.</param>
public sealed record LeaderClaim(bool IsLeader, long Term);
