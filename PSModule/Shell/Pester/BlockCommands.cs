using System.Collections;
using System.Management.Automation;

namespace RaftKv.Shell.Pester;

/// <summary>Shared by the words of the test language.</summary>
public abstract class WordCommand : PSCmdlet
{
    internal Session Session { get; private set; } = null!;

    private protected abstract void Speak();

    protected override void EndProcessing()
    {
        if (Session.Current is not { } session)
        {
            var message = $"{MyInvocation.InvocationName} works in a test file only; run it with Invoke-Pester.";
            throw new PSInvalidOperationException(message);
        }

        Session = session;
        if (!session.Discovers && this is not SetResultCommand)
        {
            throw new PSInvalidOperationException(
                $"{MyInvocation.InvocationName} cannot be used inside a test or a setup.");
        }

        Speak();
    }

    internal static IEnumerable<(bool HasData, object? Data)> Cases(bool bound, object? values) =>
        bound ? (LanguagePrimitives.GetEnumerable(values)?.Cast<object?>() ?? [values]).Select(value => (true, value))
        : [(false, null)];
}

/// <summary>Describe and Context: a block of tests.</summary>
[Cmdlet(VerbsCommon.Add, "PesterBlock")]
[Alias("Describe", "Context")]
public sealed class AddBlockCommand : WordCommand
{
    [Parameter(Position = 0, Mandatory = true)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Position = 1)]
    public ScriptBlock? Fixture { get; set; }

    [Parameter]
    [Alias("Tags")]
    public string[] Tag { get; set; } = [];

    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public object? ForEach { get; set; }

    [Parameter]
    public SwitchParameter Skip { get; set; }

    private protected override void Speak()
    {
        if (Fixture is null)
        {
            throw new PSArgumentException(
                "No test fixture is provided. (Have you put the open curly brace on the next line?)");
        }

        var scopes = new Scopes(this);
        var parent = Session.Block!;
        foreach (var (hasData, data) in Cases(MyInvocation.BoundParameters.ContainsKey(nameof(ForEach)), ForEach))
        {
            var block = new Block(Name, parent, Fixture)
            {
                HasData = hasData,
                Data = data,
                Tag = Tag,
                Skip = Skip || parent.Skip,
                StartLine = MyInvocation.ScriptLineNumber,
                Group = hasData ? $"{MyInvocation.ScriptLineNumber}:{MyInvocation.OffsetInLine}" : null,
                Keyword = MyInvocation.InvocationName,
            };
            parent.Blocks.Add(block);
            parent.Order.Add(block);
            Session.Block = block;
            try
            {
                scopes.InNewScope(() =>
                {
                    scopes.Define(block);
                    scopes.Run(Fixture, data);
                });
            }
            finally
            {
                Session.Block = parent;
            }
        }
    }
}

/// <summary>It: one test.</summary>
[Cmdlet(VerbsCommon.Add, "PesterTest")]
[Alias("It")]
public sealed class AddTestCommand : WordCommand
{
    [Parameter(Position = 0, Mandatory = true)]
    public string Name { get; set; } = string.Empty;

    [Parameter(Position = 1)]
    public ScriptBlock? Test { get; set; }

    [Parameter]
    [Alias("TestCases")]
    [AllowNull]
    [AllowEmptyCollection]
    public object? ForEach { get; set; }

    [Parameter]
    [Alias("Tags")]
    public string[] Tag { get; set; } = [];

    [Parameter]
    public SwitchParameter Skip { get; set; }

    private protected override void Speak()
    {
        if (Test is null)
        {
            throw new PSArgumentException(
                "No test script block is provided. (Have you put the open curly brace on the next line?)");
        }

        foreach (var (hasData, data) in Cases(MyInvocation.BoundParameters.ContainsKey(nameof(ForEach)), ForEach))
        {
            var test = new Test(Name, Session.Block!, Test)
            {
                HasData = hasData,
                Data = data,
                Tag = Tag,
                Skip = Skip || Session.Block!.Skip,
                StartLine = MyInvocation.ScriptLineNumber,
                Group = hasData ? $"{MyInvocation.ScriptLineNumber}:{MyInvocation.OffsetInLine}" : null,
            };
            Session.Block!.Tests.Add(test);
            Session.Block.Order.Add(test);
        }
    }
}

/// <summary>BeforeAll, BeforeEach, AfterEach and AfterAll: what surrounds the tests of a block.</summary>
[Cmdlet(VerbsCommon.Add, "PesterSetup")]
[Alias("BeforeAll", "BeforeEach", "AfterEach", "AfterAll")]
public sealed class AddSetupCommand : WordCommand
{
    [Parameter(Position = 0, Mandatory = true)]
    public ScriptBlock Scriptblock { get; set; } = null!;

    private protected override void Speak()
    {
        var block = Session.Block!;
        var setups = MyInvocation.InvocationName.ToUpperInvariant() switch
        {
            "BEFOREALL" => block.BeforeAll,
            "BEFOREEACH" => block.BeforeEach,
            "AFTEREACH" => block.AfterEach,
            "AFTERALL" => block.AfterAll,
            var other => throw new PSInvalidOperationException($"'{other}' is no setup or teardown."),
        };
        setups.Add(Scriptblock);
    }
}

/// <summary>BeforeDiscovery: what the file needs while its tests are found.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PesterDiscovery")]
[Alias("BeforeDiscovery")]
public sealed class InvokeDiscoveryCommand : WordCommand
{
    [Parameter(Position = 0, Mandatory = true)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    private protected override void Speak() => InvokeCommand.InvokeScript(false, ScriptBlock, null, []);
}

/// <summary>Set-ItResult: ends the test with a result that is neither a pass nor a failure.</summary>
[Cmdlet(VerbsCommon.Set, "ItResult", DefaultParameterSetName = "Inconclusive")]
public sealed class SetResultCommand : WordCommand
{
    [Parameter(Mandatory = true, ParameterSetName = "Inconclusive")]
    public SwitchParameter Inconclusive { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Skipped")]
    public SwitchParameter Skipped { get; set; }

    [Parameter]
    public string? Because { get; set; }

    private protected override void Speak()
    {
        var result = Skipped ? "Skipped" : "Inconclusive";
        var message = $"is {(Skipped ? "skipped" : "inconclusive")}" + (Because is null ? string.Empty : $", because {Because}");
        ThrowTerminatingError(new ErrorRecord(
            new TestResultException(result, message), "PesterTest" + result, ErrorCategory.InvalidResult, null));
    }
}

/// <summary>InModuleScope: runs a script block as the code of a module, which sees what the module keeps to itself.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PesterModuleScope")]
[Alias("InModuleScope")]
public sealed class InvokeModuleScopeCommand : PSCmdlet
{
    private static readonly ScriptBlock Call = System.Management.Automation.ScriptBlock.Create("""
        param($__name, $__block, $__named, $__rest)
        $__module = Get-Module -Name $__name -All | Where-Object ModuleType -ne Manifest | Select-Object -First 1
        if (-not $__module) { throw "No modules named '$__name' are currently loaded." }
        & $__module $__block @__named @__rest
        """);

    [Parameter(Position = 0, Mandatory = true)]
    public string ModuleName { get; set; } = string.Empty;

    [Parameter(Position = 1, Mandatory = true)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <summary>Values for the block's param(); without one they are variables of these names.</summary>
    [Parameter]
    public IDictionary Parameters { get; set; } = new Hashtable();

    [Parameter]
    public object?[] ArgumentList { get; set; } = [];

    protected override void EndProcessing()
    {
        var block = ScriptBlock;
        if (block.Ast is System.Management.Automation.Language.ScriptBlockAst { ParamBlock: null } && Parameters.Count > 0)
        {
            var names = string.Join(", ", Parameters.Keys.Cast<object>().Select(name => $"${name}"));
            block = System.Management.Automation.ScriptBlock.Create($"param({names})\n{block}");
        }

        WriteObject(InvokeCommand.InvokeScript(true, Call, null, ModuleName, block, Parameters, ArgumentList), enumerateCollection: true);
    }
}

/// <summary>Names a file of tests, or a script block, and the data for its param().</summary>
[Cmdlet(VerbsCommon.New, "PesterContainer", DefaultParameterSetName = "Path")]
[OutputType(typeof(Container))]
public sealed class NewContainerCommand : PSCmdlet
{
    [Parameter(Mandatory = true, ParameterSetName = "Path")]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ParameterSetName = "ScriptBlock")]
    public ScriptBlock[] ScriptBlock { get; set; } = [];

    [Parameter]
    public IDictionary[]? Data { get; set; }

    protected override void EndProcessing()
    {
        var files = Path.SelectMany(item => TestFiles.Find(this, item, ".Tests.ps1", []));
        foreach (var item in files.Concat<object>(ScriptBlock))
        {
            foreach (var data in Data ?? [new Hashtable()])
            {
                WriteObject(new Container(item, data));
            }
        }
    }
}

/// <summary>Makes a configuration, from a hashtable if one is given.</summary>
[Cmdlet(VerbsCommon.New, "PesterConfiguration")]
[OutputType(typeof(PesterConfiguration))]
public sealed class NewConfigurationCommand : PSCmdlet
{
    [Parameter(Position = 0)]
    public IDictionary Hashtable { get; set; } = new Hashtable();

    protected override void EndProcessing() => WriteObject(new PesterConfiguration(Hashtable));
}

/// <summary>Finds test files.</summary>
internal static class TestFiles
{
    internal static IEnumerable<string> Find(PSCmdlet command, string path, string extension, string[] excluded)
    {
        var found = command.SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _)
            .SelectMany(item => Files(item, extension));
        return found.Where(file => !excluded.Any(pattern =>
            WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(file)
            || WildcardPattern.Get("*" + System.IO.Path.DirectorySeparatorChar + pattern, WildcardOptions.IgnoreCase).IsMatch(file)));
    }

    private static IEnumerable<string> Files(string item, string extension) => Directory.Exists(item)
        ? Directory.EnumerateFiles(item, "*" + extension, SearchOption.AllDirectories)
            .OrderBy(file => file, StringComparer.OrdinalIgnoreCase)
        : [item];
}
