using System.Management.Automation;
using System.Security.Cryptography;

namespace RaftKv.Commands;

/// <summary>Where the chance of a command begins: at the seed that was given, or at one that is drawn.</summary>
internal static class SeedDraw
{
    /// <summary>The seed given with -Seed, or a random one.</summary>
    public static ulong Of(PSCmdlet cmdlet, ulong given) =>
        cmdlet.MyInvocation.BoundParameters.ContainsKey("Seed") ? given : (ulong)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>A generator that begins there.</summary>
    public static Random ToRandom(ulong seed) => new((int)(seed ^ (seed >> 32)));
}
