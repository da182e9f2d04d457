using System.Diagnostics;
using System.Text;
using RaftKv.Engine.Faults;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// The switches of the engine that plant bugs are in every build, so that what is tested is what was built, and in nothing
/// that is published or packed. <c>tests/package/Test-Package.ps1</c> looks into a package as users get it.
/// </summary>
public sealed class PublishedBuildTests
{
    private const string Symbol = "RAFTKV_TEST_FAULTS";

    [Theory]
    [InlineData("_IsPublishing")]
    [InlineData("_IsPacking")]
    public void WhatUsersGet_IsCompiledWithoutTheSwitches(string saysSo) =>
        Assert.DoesNotContain(Symbol, SymbolsOf($"-p:{saysSo}=true"), StringComparison.Ordinal);

    [Fact]
    public void ThisBuild_HasThem()
    {
        Assert.Contains(Symbol, SymbolsOf(), StringComparison.Ordinal);
        var engine = Encoding.Latin1.GetString(File.ReadAllBytes(typeof(TestFaults).Assembly.Location));
        Assert.Contains("SkipFlush", engine, StringComparison.Ordinal);
    }

    private static string SymbolsOf(params string[] properties)
    {
        using var evaluation = Process.Start(new ProcessStartInfo(
            "dotnet",
            ["msbuild", Path.Combine(Repository.Root, "Node", "Engine"), "-nologo", "-p:Configuration=Release", .. properties, "-getProperty:DefineConstants"])
        {
            RedirectStandardOutput = true,
        })!;
        var symbols = evaluation.StandardOutput.ReadToEnd();
        evaluation.WaitForExit();
        Assert.Equal(0, evaluation.ExitCode);
        return symbols;
    }
}
