using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace RaftKv.Shell.Pester;

/// <summary>Finds the tests of files, runs them, shows and reports what came out.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Pester", DefaultParameterSetName = "Simple")]
[OutputType(typeof(Run))]
public sealed class InvokePesterCommand : PSCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Simple")]
    public string[] Path { get; set; } = ["."];

    [Parameter(ParameterSetName = "Simple")]
    public string[] ExcludePath { get; set; } = [];

    [Parameter(ParameterSetName = "Simple")]
    [Alias("Tag")]
    public string[] TagFilter { get; set; } = [];

    [Parameter(ParameterSetName = "Simple")]
    [Alias("ExcludeTag")]
    public string[] ExcludeTagFilter { get; set; } = [];

    [Parameter(ParameterSetName = "Simple")]
    public string[] FullNameFilter { get; set; } = [];

    [Parameter(ParameterSetName = "Simple")]
    public SwitchParameter CI { get; set; }

    [Parameter(ParameterSetName = "Simple")]
    [ValidateSet("Diagnostic", "Detailed", "Normal", "Minimal", "None")]
    public string Output { get; set; } = "Normal";

    [Parameter(ParameterSetName = "Simple")]
    public SwitchParameter PassThru { get; set; }

    [Parameter(ParameterSetName = "Simple")]
    public Container[] Container { get; set; } = [];

    [Parameter(ParameterSetName = "Advanced", Mandatory = true)]
    public PesterConfiguration? Configuration { get; set; }

    protected override void EndProcessing()
    {
        var configuration = Configuration ?? FromParameters();
        var run = new Run
        {
            Configuration = configuration,
            ExecutedAt = DateTime.Now,
            PSVersion = ((Hashtable?)GetVariableValue("PSVersionTable"))?["PSVersion"]?.ToString() ?? string.Empty,
        };
        Check(configuration);
        FindContainers(configuration, run);
        Session.Push(new Session(configuration));
        try
        {
            Perform(configuration, run);
        }
        finally
        {
            Session.Pop();
        }

        if (configuration.TestResult.Enabled.Value)
        {
            var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(configuration.TestResult.OutputPath.Value);
            ResultFile.Write(run, configuration.TestResult, path, SessionState.Path.CurrentFileSystemLocation.Path);
        }

        Finish(configuration, run);
    }

    private PesterConfiguration FromParameters()
    {
        var configuration = new PesterConfiguration();
        configuration.Run.Path = Path;
        configuration.Run.ExcludePath = ExcludePath;
        configuration.Run.Container = Container;
        configuration.Run.PassThru = PassThru.IsPresent;
        configuration.Run.Exit = CI.IsPresent;
        configuration.TestResult.Enabled = CI.IsPresent;
        configuration.Filter.Tag = TagFilter;
        configuration.Filter.ExcludeTag = ExcludeTagFilter;
        configuration.Filter.FullName = FullNameFilter;
        configuration.Output.Verbosity = Output;
        return configuration;
    }

    /// <summary>What would be found out only after the run, or not at all, is said before it.</summary>
    private static void Check(PesterConfiguration configuration)
    {
        if (configuration.TestResult.Enabled.Value)
        {
            OneOf("TestResult.OutputFormat", configuration.TestResult.OutputFormat.Value, ResultFile.Formats);
        }

        OneOf("Run.SkipRemainingOnFailure", configuration.Run.SkipRemainingOnFailure.Value, Session.SkipModes);
    }

    private static void OneOf(string option, string value, string[] supported)
    {
        if (!supported.Contains(value, StringComparer.OrdinalIgnoreCase))
        {
            var list = $"'{string.Join("', '", supported.SkipLast(1))}' or '{supported[^1]}'";
            throw new PSArgumentException($"{option} must be {list}, but it was '{value}'. Please review your configuration.");
        }
    }

    private void FindContainers(PesterConfiguration configuration, Run run)
    {
        foreach (var container in configuration.Run.Container.Value)
        {
            // A container object may be used for several runs; each run fills its own.
            run.Containers.Add(new Container(container.Item, container.Data));
        }

        foreach (var block in configuration.Run.ScriptBlock.Value)
        {
            run.Containers.Add(new Container(block, null));
        }

        if (run.Containers.Count > 0 && Configuration is null && !MyInvocation.BoundParameters.ContainsKey(nameof(Path)))
        {
            return;
        }

        if (run.Containers.Count > 0 && Configuration is not null && configuration.Run.Path.Value is ["."])
        {
            return;
        }

        var extension = configuration.Run.TestExtension.Value;
        foreach (var path in configuration.Run.Path.Value)
        {
            foreach (var file in TestFiles.Find(this, path, extension, configuration.Run.ExcludePath.Value))
            {
                run.Containers.Add(new Container(file, null));
            }
        }

        if (run.Containers.Count == 0)
        {
            throw new PSArgumentException("No test files were found and no scriptblocks were provided.");
        }
    }

    private void Perform(PesterConfiguration configuration, Run run)
    {
        var report = new ConsoleReport(Host.UI, configuration.Output.Verbosity.Value);
        var watch = Stopwatch.StartNew();
        report.DiscoveryStarted(run.Containers.Count);
        foreach (var container in run.Containers)
        {
            Discover(container, configuration);
            if (container.ErrorRecord.Count > 0)
            {
                report.ContainerFailed(container);
            }
        }

        run.DiscoveryDuration = watch.Elapsed;
        report.DiscoveryEnded(run);
        if (!configuration.Run.SkipRun.Value)
        {
            foreach (var container in run.Containers)
            {
                report.ContainerStarted(container);
                new Runner(this, Session.Current!, report).Run(container);
                report.ContainerEnded(container);
            }
        }

        run.Duration = watch.Elapsed;
        report.RunEnded(run);
    }

    private void Discover(Container container, PesterConfiguration configuration)
    {
        var session = Session.Current!;
        session.Block = container.Root;
        session.Discovers = true;
        try
        {
            var ast = (container.Item as ScriptBlock)?.Ast as ScriptBlockAst ?? Parse((string)container.Item);
            foreach (var (name, value) in Parameters(ast, container))
            {
                container.Root.HasData = false;
                container.Data[name] = value;
            }

            var script = ScriptBlock.Create("param($__path, $__data) & $__path @__data");
            InvokeCommand.InvokeScript(true, script, null, container.Item, new Hashtable(container.Data));
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            container.ErrorRecord.Add(Scopes.RecordOf(exception));
        }
        finally
        {
            session.Discovers = false;
            session.Block = null;
        }

        Filter.Apply(container.Root, configuration.Filter);
    }

    private static ScriptBlockAst Parse(string path)
    {
        var ast = Parser.ParseFile(path, out _, out var errors);
        return errors.Length == 0 ? ast : throw new ParseException(errors);
    }

    /// <summary>
    /// The file's parameters as it would see them, defaults included: the tests run after the file has ended, so the
    /// values have to be kept for them.
    /// </summary>
    private List<(string Name, object? Value)> Parameters(ScriptBlockAst ast, Container container)
    {
        if (ast.ParamBlock is null)
        {
            return [];
        }

        var names = ast.ParamBlock.Parameters.Select(parameter => parameter.Name.VariablePath.UserPath).ToList();
        var values = string.Join("; ", names.Select(name => $"'{name}' = ${{{name}}}"));
        var text = string.Concat(ast.ParamBlock.Attributes.Select(attribute => attribute.Extent.Text))
            + $"{ast.ParamBlock.Extent.Text}\n@{{ {values} }}";
        var script = Parser.ParseInput(text, container.Item as string, out _, out _).GetScriptBlock();
        var given = new Hashtable(container.Data);
        var call = ScriptBlock.Create("param($__block, $__data) & $__block @__data");
        var result = InvokeCommand.InvokeScript(true, call, null, script, given);
        var table = (Hashtable)result[^1].BaseObject;
        return [.. names.Select(name => (name, table[name]))];
    }

    private void Finish(PesterConfiguration configuration, Run run)
    {
        var failures = run.FailedCount + run.FailedBlocksCount + run.FailedContainersCount;
        SessionState.PSVariable.Set("global:LASTEXITCODE", failures);
        if (configuration.Run.PassThru.Value)
        {
            WriteObject(run);
        }

        if (failures == 0)
        {
            return;
        }

        if (configuration.Run.Throw.Value)
        {
            throw new PSInvalidOperationException($"Pester run failed: {failures} failed.");
        }

        if (configuration.Run.Exit.Value)
        {
            InvokeCommand.InvokeScript(false, ScriptBlock.Create("exit $args[0]"), null, failures);
        }
    }
}

/// <summary>Marks the tests that a run includes.</summary>
internal static class Filter
{
    internal static void Apply(Block root, PesterConfiguration.FilterSection filter)
    {
        var included = filter.Tag.Value.Length == 0 && filter.FullName.Value.Length == 0;
        Mark(root, filter, included, excluded: false);
    }

    private static bool Mark(Block block, PesterConfiguration.FilterSection filter, bool included, bool excluded)
    {
        foreach (var node in block.Order)
        {
            var isIn = included || Matches(filter.Tag.Value, node.Tag)
                || Matches(filter.FullName.Value, [string.Join('.', node.Path)]);
            var isOut = excluded || Matches(filter.ExcludeTag.Value, node.Tag);
            node.ShouldRun = node is Block inner ? Mark(inner, filter, isIn, isOut) : isIn && !isOut;
        }

        return block.ShouldRun = block.Order.Any(node => node.ShouldRun);
    }

    private static bool Matches(string[] patterns, string[] texts) => patterns.Any(pattern =>
        texts.Any(text => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(text)));
}
