using System.Collections;
using System.Management.Automation;
using RaftKv.Shell.Pester;

// Scripts name these types without a namespace, as in [PesterConfiguration] @{ ... }.
#pragma warning disable CA1050

/// <summary>How Invoke-Pester runs. A hashtable casts to it; a section or option that is not known is an error.</summary>
public sealed class PesterConfiguration
{
    public PesterConfiguration()
    {
    }

    public PesterConfiguration(IDictionary sections) => ConfigurationReader.Fill(this, sections);

    public static PesterConfiguration Default => new();

    public RunSection Run { get; set; } = new();

    public FilterSection Filter { get; set; } = new();

    public TestResultSection TestResult { get; set; } = new();

    public ShouldSection Should { get; set; } = new();

    public OutputSection Output { get; set; } = new();

    public TestDriveSection TestDrive { get; set; } = new();

    /// <summary>What is run, and how it ends.</summary>
    public sealed class RunSection
    {
        public Option<string[]> Path { get; set; } = new(["."]);

        public Option<string[]> ExcludePath { get; set; } = new([]);

        public Option<Container[]> Container { get; set; } = new([]);

        public Option<ScriptBlock[]> ScriptBlock { get; set; } = new([]);

        public Option<string> TestExtension { get; set; } = new(".Tests.ps1");

        public Option<bool> Exit { get; set; } = new(false);

        public Option<bool> Throw { get; set; } = new(false);

        public Option<bool> PassThru { get; set; } = new(false);

        public Option<bool> SkipRun { get; set; } = new(false);

        /// <summary>After a failed test, skips what is left of its Block, Container or Run; None skips nothing.</summary>
        public Option<string> SkipRemainingOnFailure { get; set; } = new("None");
    }

    /// <summary>Which tests run.</summary>
    public sealed class FilterSection
    {
        public Option<string[]> Tag { get; set; } = new([]);

        public Option<string[]> ExcludeTag { get; set; } = new([]);

        public Option<string[]> FullName { get; set; } = new([]);
    }

    /// <summary>The result file.</summary>
    public sealed class TestResultSection
    {
        public Option<bool> Enabled { get; set; } = new(false);

        public Option<string> OutputFormat { get; set; } = new("NUnitXml");

        public Option<string> OutputPath { get; set; } = new("testResults.xml");

        public Option<string> TestSuiteName { get; set; } = new("Pester");
    }

    /// <summary>What a failed assertion does: Stop ends the test, Continue collects.</summary>
    public sealed class ShouldSection
    {
        public Option<string> ErrorAction { get; set; } = new("Stop");
    }

    /// <summary>What is shown.</summary>
    public sealed class OutputSection
    {
        public Option<string> Verbosity { get; set; } = new("Normal");
    }

    /// <summary>The drive for files that tests make.</summary>
    public sealed class TestDriveSection
    {
        public Option<bool> Enabled { get; set; } = new(true);
    }
}
