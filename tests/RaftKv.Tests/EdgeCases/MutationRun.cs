using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.EdgeCases;

/// <summary>How a mutation fared.</summary>
internal enum Verdict
{
    /// <summary>The test failed, as it must.</summary>
    Red,

    /// <summary>The test passed: it protects nothing, or the mutation changes nothing.</summary>
    Green,

    /// <summary>The text that is to be changed is not there, or not only once.</summary>
    TextNotFound,

    /// <summary>The changed project did not compile.</summary>
    DoesNotCompile,

    /// <summary>The test did not end in time.</summary>
    NeverEnded,
}

/// <summary>
/// Plants bugs, one at a time, and runs the test that must fail: bugs of the core in memory where that can be, all others in
/// a copy of the checkout. The copy lies beside the build output and is kept, so that the next run builds only what changed.
/// </summary>
internal sealed partial class MutationRun
{
    private const string BuildOptions = "-c Release -v q --nologo -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -p:TreatWarningsAsErrors=false";

    /// <summary>Longer than a test waits for a state that a mutation keeps from coming: then it fails, and says for what it waited.</summary>
    public static readonly TimeSpan TestTimeLimit = Patience.Limit * 2;

    private static readonly TimeSpan BuildTimeLimit = TimeSpan.FromMinutes(15);

    private readonly TextWriter _output;
    private readonly HashSet<string> _green = [];
    private readonly string _copy = Path.Combine(Repository.Root, "tests", "RaftKv.Tests", "bin", "mutations");

    private MutationRun(TextWriter output)
    {
        _output = output;
    }

    private string TestExecutable => Path.Combine(_copy, "tests", "RaftKv.Tests", "bin", "Release", "net10.0", "RaftKv.Tests.dll");

    /// <summary>Runs the mutations of the rows that are named, or of all, and prints a table.</summary>
    /// <param name="arguments">Rows, and <c>--record</c> to write the day and the commit of every red test into the table.</param>
    /// <param name="output">Where to print.</param>
    /// <returns>Zero when every test was green before and red under its mutation.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output)
    {
        var rows = EdgeCaseTable.Parse(Repository.Read(EdgeCaseTable.File));
        var wanted = arguments.Where(a => !a.StartsWith('-')).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unknown = wanted.Where(w => !EdgeCaseTable.IsRow(w.ToUpperInvariant())).ToList();
        if (unknown.Count > 0)
        {
            output.WriteLine($"There is no row {string.Join(", ", unknown)}: rows are {string.Join(' ', EdgeCaseTable.Numbers)}.");
            return 2;
        }

        var mutations = rows.SelectMany(r => r.Mutations).Where(m => wanted.Count == 0 || wanted.Contains(m.Row)).ToList();
        var run = new MutationRun(output);
        var memory = new MutationInMemory();
        var verdicts = mutations.ToDictionary(m => m, m => run.Timed(m, () => memory.Try(m) ?? run.Try(m)));
        var red = verdicts.Count(v => v.Value == Verdict.Red);
        output.WriteLine($"{red} of {verdicts.Count} mutations turned their test red.");
        if (arguments.Contains("--record"))
        {
            Record(rows, verdicts);
        }

        return red == verdicts.Count ? 0 : 1;
    }

    private static void Record(IReadOnlyList<EdgeCase> rows, Dictionary<Mutation, Verdict> verdicts)
    {
        var commit = Execute("git", "rev-parse --short HEAD", Repository.Root, BuildTimeLimit).Output.Trim();
        var today = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd} {commit}");
        string Seen(Mutation m) => !verdicts.TryGetValue(m, out var verdict) ? m.Seen : verdict == Verdict.Red ? today : "";
        var text = EdgeCaseTable.WithSeen(rows, Seen);
        File.WriteAllText(Path.Combine(Repository.Root, EdgeCaseTable.File), text);
        var page = Path.Combine(Repository.Root, EdgeCaseTable.Readme);
        File.WriteAllText(page, EdgeCaseTable.Write(File.ReadAllText(page).ReplaceLineEndings("\n"), EdgeCaseTable.Parse(text)));
    }

    /// <summary>Brings the copy to the state of the checkout, touching only what differs so that builds stay short.</summary>
    private void CopyCheckout()
    {
        var files = Repository.Files.ToHashSet(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(Path.Combine(Repository.Root, file));
            var target = Path.Combine(_copy, file);
            if (!File.Exists(target) || !File.ReadAllBytes(target).AsSpan().SequenceEqual(bytes))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.WriteAllBytes(target, bytes);
            }
        }

        foreach (var path in Directory.EnumerateFiles(_copy, "*", SearchOption.AllDirectories).ToList())
        {
            var file = Path.GetRelativePath(_copy, path).Replace('\\', '/');
            if (!files.Contains(file) && !BuildOutput().IsMatch(file))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Builds the copy where that was not done yet, and runs a test in it that was not run yet.</summary>
    private void RequireGreen(Mutation mutation)
    {
        if (_green.Count == 0)
        {
            CopyCheckout();
            Require(Dotnet($"build tests/RaftKv.Tests {BuildOptions}", BuildTimeLimit), "The copy does not build");
        }

        if (_green.Add(mutation.FullTest))
        {
            Require(Dotnet($"{TestExecutable} -noColor -method {mutation.FullTest}", BuildTimeLimit), $"{mutation.Test} fails without any mutation");
        }
    }

    /// <summary>Says what a mutation did, and how long that took.</summary>
    private Verdict Timed(Mutation mutation, Func<Verdict> attempt)
    {
        var clock = Stopwatch.StartNew();
        var verdict = attempt();
        _output.WriteLine($"{mutation.Row,-4}{verdict,-15}{mutation.Test}  ({clock.Elapsed.TotalSeconds:0.0} s)");
        return verdict;
    }

    private Verdict Try(Mutation mutation)
    {
        RequireGreen(mutation);
        var path = Path.Combine(_copy, mutation.File);
        var original = File.ReadAllText(path);
        var kept = new Dictionary<string, byte[]>();
        Verdict verdict;
        try
        {
            File.WriteAllText(path, original.Replace(mutation.Old, mutation.New, StringComparison.Ordinal));
            verdict = original.Split(mutation.Old).Length != 2 ? Verdict.TextNotFound
                : Build(ProjectOf(mutation.File), kept) ? RunTest(mutation)
                : Verdict.DoesNotCompile;
        }
        finally
        {
            File.WriteAllText(path, original);
            foreach (var (file, bytes) in kept)
            {
                File.WriteAllBytes(file, bytes);
            }
        }

        return verdict;
    }

    /// <summary>Compiles one project and puts its assembly wherever a build of everything would have put it.</summary>
    private bool Build(string project, Dictionary<string, byte[]> kept)
    {
        var (exitCode, _) = Dotnet($"build {project} --no-restore --no-dependencies {BuildOptions}", BuildTimeLimit);
        if (exitCode != 0)
        {
            return false;
        }

        var name = AssemblyName(project) + ".dll";
        var built = File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(project)!, "obj", "Release", "net10.0", name));
        foreach (var file in Directory.EnumerateFiles(_copy, name, SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(_copy, f).Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal)).ToList())
        {
            kept[file] = File.ReadAllBytes(file);
            File.WriteAllBytes(file, built);
        }

        return true;
    }

    private static string AssemblyName(string project) =>
        XDocument.Load(project).Descendants("AssemblyName").FirstOrDefault()?.Value ?? Path.GetFileNameWithoutExtension(project);

    private string ProjectOf(string file)
    {
        for (var at = Path.GetDirectoryName(Path.Combine(_copy, file)); at is not null; at = Path.GetDirectoryName(at))
        {
            if (Directory.EnumerateFiles(at, "*.csproj").FirstOrDefault() is { } project)
            {
                return project;
            }
        }

        throw new FileNotFoundException($"{file} belongs to no project.");
    }

    private Verdict RunTest(Mutation mutation)
    {
        var (exitCode, text) = Dotnet($"{TestExecutable} -noColor -method {mutation.FullTest}", TestTimeLimit);
        return exitCode == TimedOut ? Verdict.NeverEnded
            : exitCode != 0 && Failed().IsMatch(text) ? Verdict.Red
            : Verdict.Green;
    }

    private static void Require((int ExitCode, string Output) result, string what)
    {
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{what}:\n{result.Output}");
        }
    }

    private (int ExitCode, string Output) Dotnet(string arguments, TimeSpan limit) => Execute("dotnet", arguments, _copy, limit);

    private const int TimedOut = -1000;

    private static (int ExitCode, string Output) Execute(string command, string arguments, string directory, TimeSpan limit)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"{command} did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            return (TimedOut, "");
        }

        return (process.ExitCode, output.Result + errors.Result);
    }

    [GeneratedRegex(@"(^|/)(bin|obj|out)/")]
    private static partial Regex BuildOutput();

    [GeneratedRegex(@"Failed: [1-9]")]
    private static partial Regex Failed();
}
