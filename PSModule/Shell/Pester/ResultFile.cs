using System.Globalization;
using System.Management.Automation;
using System.Runtime.InteropServices;
using System.Xml.Linq;

namespace RaftKv.Shell.Pester;

/// <summary>Writes a run as NUnit 2.5 or JUnit XML, the formats that build servers read.</summary>
internal static class ResultFile
{
    internal static readonly string[] Formats = ["NUnitXml", "NUnit2.5", "JUnitXml"];

    private static readonly XNamespace Schema = "http://www.w3.org/2001/XMLSchema-instance";

    internal static void Write(Run run, PesterConfiguration.TestResultSection section, string path, string directory)
    {
        var document = section.OutputFormat.Value.StartsWith("JUnit", StringComparison.OrdinalIgnoreCase)
            ? JUnitReport.Of(run, section.TestSuiteName.Value, directory)
            : NUnitReport.Of(run, section.TestSuiteName.Value, directory);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new XDocument(new XDeclaration("1.0", "utf-8", "no"), document).Save(path);
    }

    internal static IEnumerable<XAttribute> SchemaNamed(string file) =>
        [new(XNamespace.Xmlns + "xsi", Schema), new(Schema + "noNamespaceSchemaLocation", file)];

    internal static string Clean(string? text) =>
        string.Concat((text ?? string.Empty).Where(System.Xml.XmlConvert.IsXmlChar));

    internal static string Seconds(TimeSpan duration, string format) =>
        duration.TotalSeconds.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Where the tests ran, in the words that both formats share.</summary>
    internal static (string Name, string Value)[] Surroundings(string directory) =>
    [
        ("machine-name", Environment.MachineName),
        ("platform", OperatingSystem.IsLinux() ? "Linux" : RuntimeInformation.OSDescription),
        ("os-version", Environment.OSVersion.Version.ToString()),
        ("user", Environment.UserName),
        ("user-domain", Environment.GetEnvironmentVariable("USERDOMAIN") ?? string.Empty),
        ("clr-version", Environment.Version.ToString()),
        ("cwd", directory),
    ];

    /// <summary>What went wrong in a test: each error with its causes, numbered if there are several.</summary>
    internal static string Message(Test test) => test is { ShouldRun: true, Executed: false }
        ? "This test should run but it did not. Most likely a setup in some parent block failed."
        : Numbered(test, Described);

    internal static string Calls(Test test) => Numbered(test, Calls);

    private static string Numbered(Test test, Func<ErrorRecord, string> text) => Clean(test.ErrorRecord.Count == 1
        ? text(test.ErrorRecord[0])
        : string.Join('\n', test.ErrorRecord.Select((error, i) => $"[{i}] {text(error)}")));

    private static string Described(ErrorRecord error)
    {
        var parts = new List<string>();
        for (var exception = error.Exception; exception is not null; exception = exception.InnerException)
        {
            var lines = exception.Message.Split(["\r\n", "\n"], StringSplitOptions.RemoveEmptyEntries);
            var kind = exception switch
            {
                AssertionFailedException => string.Empty,
                TestResultException => "Exception: ",
                _ => exception.GetType().Name + ": ",
            };
            parts.Insert(0, kind + string.Join('\n', lines));
        }

        return string.Join('\n', parts);
    }

    private static string Calls(ErrorRecord error)
    {
        if (error.Exception is TestResultException)
        {
            return string.Empty;
        }

        // What runs the tests has no file: the calls above it are the test's, those below are of whoever called Invoke-Pester.
        static bool IsOurs(string call) => call.Contains("<No file>", StringComparison.Ordinal);
        var assertion = error.TargetObject is System.Collections.Hashtable place && error.Exception is AssertionFailedException
            ? [$"at {place["LineText"]?.ToString()?.Trim()}, {place["File"]}: line {place["Line"]}"]
            : Array.Empty<string>();
        var calls = (error.ScriptStackTrace ?? string.Empty).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .SkipWhile(IsOurs).TakeWhile(call => !IsOurs(call));
        return string.Join('\n', assertion.Concat(calls).Select(call => call.Replace(": line ", ":", StringComparison.Ordinal)));
    }
}
