using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>A message on its way.</summary>
/// <param name="Message">The message.</param>
/// <param name="Incarnation">The data directory of the server that sent it.</param>
internal sealed record Mail(Message Message, ulong Incarnation);
