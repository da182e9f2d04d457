using System.Reflection;
using RaftKv.Tests.Planted;

namespace RaftKv.Tests.EdgeCases;

/// <summary>
/// Tries mutations of the core in memory, in a tenth of the time that a build and a process take. A test is run that way
/// only if it passes that way on the unchanged core.
/// </summary>
internal sealed class MutationInMemory
{
    private readonly Lazy<ChangedCore> _unchanged = new(() => new ChangedCore([], []));

    /// <summary>The verdict, or null for one that needs a copy of the checkout.</summary>
    public Verdict? Try(Mutation mutation)
    {
        var change = new SourceChange(mutation.Row, mutation.File, mutation.Old, mutation.New);
        if (!mutation.File.StartsWith(ChangedCore.Sources, StringComparison.Ordinal) || !IsPlain(mutation.Method)
            || Run(_unchanged.Value, mutation) != Verdict.Green)
        {
            return null;
        }

        ChangedCore core;
        try
        {
            core = new ChangedCore([change], [], unloads: true);
        }
        catch (InvalidOperationException)
        {
            // The copy tells which of the two it is: a text that is not there, or one that does not compile.
            return null;
        }

        var verdict = Run(core, mutation);
        core.Unload();
        return verdict;
    }

    /// <summary>Whether a test is a method that needs nothing but an instance of its class.</summary>
    private static bool IsPlain(MethodInfo? test) =>
        test is { DeclaringType: { } type } && test.GetParameters().Length == 0 && type.GetConstructor([]) is not null
        && !type.GetInterfaces().Any(i => i == typeof(IAsyncLifetime) || (i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IClassFixture<>)));

    private static Verdict Run(ChangedCore core, Mutation mutation)
    {
        var test = Task.Run(() => core.Call<bool>(typeof(MutationInMemory), nameof(Passes), mutation.Test));
        return !test.Wait(MutationRun.TestTimeLimit) ? Verdict.NeverEnded : test.Result ? Verdict.Green : Verdict.Red;
    }

    /// <summary>Runs a test of these tests' copy and says whether it passed.</summary>
    private static bool Passes(string test)
    {
        var method = new Mutation("", test, "", "", "", "").Method!;
        var instance = Activator.CreateInstance(method.DeclaringType!);
        try
        {
            switch (method.Invoke(instance, null))
            {
                case Task task:
                    task.GetAwaiter().GetResult();
                    break;
                case ValueTask task:
                    task.AsTask().GetAwaiter().GetResult();
                    break;
            }

            return true;
        }
        catch (Exception)
        {
            return false;
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }
}
