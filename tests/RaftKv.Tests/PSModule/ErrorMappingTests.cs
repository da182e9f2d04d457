using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Base;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.PSModule;

/// <summary>The one table of error records.</summary>
public sealed class ErrorMappingTests
{
    [Theory]
    [InlineData(ErrorKind.KeyNotFound, "KeyNotFound", ErrorCategory.ObjectNotFound, false)]
    [InlineData(ErrorKind.VersionMismatch, "VersionMismatch", ErrorCategory.WriteError, false)]
    [InlineData(ErrorKind.NoLeader, "NoLeader", ErrorCategory.ResourceUnavailable, false)]
    [InlineData(ErrorKind.ServerUnreachable, "ServerUnreachable", ErrorCategory.ConnectionError, false)]
    [InlineData(ErrorKind.OutcomeUnknown, "WriteOutcomeUnknown", ErrorCategory.OperationTimeout, false)]
    [InlineData(ErrorKind.KeyTooLarge, "KeyTooLarge", ErrorCategory.LimitsExceeded, false)]
    [InlineData(ErrorKind.ValueTooLarge, "ValueTooLarge", ErrorCategory.LimitsExceeded, false)]
    [InlineData(ErrorKind.ServerNotFound, "ServerNotFound", ErrorCategory.ObjectNotFound, false)]
    [InlineData(ErrorKind.PartitionInvalid, "PartitionInvalid", ErrorCategory.InvalidArgument, true)]
    [InlineData(ErrorKind.ChaosDisabled, "ChaosDisabled", ErrorCategory.NotEnabled, true)]
    [InlineData(ErrorKind.PortInUse, "PortInUse", ErrorCategory.ResourceUnavailable, true)]
    [InlineData(ErrorKind.DataDirectoryMissing, "DataDirectoryMissing", ErrorCategory.ObjectNotFound, true)]
    [InlineData(ErrorKind.DataDirectoryInUse, "DataDirectoryInUse", ErrorCategory.ResourceBusy, true)]
    [InlineData(ErrorKind.ServerStartFailed, "ServerStartFailed", ErrorCategory.OpenError, true)]
    [InlineData(ErrorKind.ServerRunning, "ServerRunning", ErrorCategory.InvalidOperation, true)]
    [InlineData(ErrorKind.ClusterFileInvalid, "ClusterFileInvalid", ErrorCategory.InvalidData, true)]
    [InlineData(ErrorKind.TransferFailed, "TransferFailed", ErrorCategory.OperationStopped, false)]
    [InlineData(ErrorKind.MembershipBusy, "MembershipBusy", ErrorCategory.ResourceBusy, false)]
    [InlineData(ErrorKind.NotCaughtUp, "NotCaughtUp", ErrorCategory.OperationTimeout, false)]
    [InlineData(ErrorKind.WaitTimeout, "WaitTimeout", ErrorCategory.OperationTimeout, true)]
    public void Map_EachKind_HasTheIdCategoryAndWeightOfTheTable(ErrorKind kind, string id, ErrorCategory category, bool terminating)
    {
        ErrorMapping.Mapped mapped = ErrorMapping.Map(new RaftKvException(kind, "why"), "target");
        Assert.Equal(id, mapped.Record.FullyQualifiedErrorId);
        Assert.Equal(category, mapped.Record.CategoryInfo.Category);
        Assert.Equal(terminating, mapped.Terminating);
        Assert.Equal("target", mapped.Record.TargetObject);
    }

    [Fact]
    public void Row_EveryForeseenKind_HasAnIdOfItsOwn()
    {
        ErrorKind[] kinds = [.. Enum.GetValues<ErrorKind>().Where(kind => kind != ErrorKind.Unexpected)];
        string[] ids = [.. kinds.Select(ErrorMapping.IdOf)];
        Assert.DoesNotContain(nameof(ErrorKind.Unexpected), ids);
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void Map_AFailureWithDetails_KeepsThemOnTheException()
    {
        RaftKvException failure = new(ErrorKind.ServerStartFailed, "n1 did not start.")
        {
            LogTail = ["line one", "the disk is full"],
            Asked = ["n1: down"],
            Limit = 7,
            ActualVersion = 3,
        };
        var exception = Assert.IsType<RaftException>(ErrorMapping.Map(failure, null).Record.Exception);
        Assert.Contains("the disk is full", exception.Message, StringComparison.Ordinal);
        Assert.Contains("n1: down", exception.Message, StringComparison.Ordinal);
        Assert.Equal(7, exception.Limit);
        Assert.Equal(3, exception.ActualVersion);
        Assert.Same(failure, exception.InnerException);
    }

    /// <summary>An id that no suite can reach in a live cluster at will; each still belongs to a kind in the table above.</summary>
    private static readonly string[] Unreachable =
    [
        nameof(ErrorKind.ReadTimeout), nameof(ErrorKind.Overloaded), nameof(ErrorKind.TransferFailed), nameof(ErrorKind.MembershipBusy),
        nameof(ErrorKind.NotCaughtUp), nameof(ErrorKind.Unexpected),
    ];

    [Fact]
    public void ErrorIds_AreEachUsedByTheModule_AndReachedByASuite()
    {
        string module = Text("PSModule/RaftKv", "*.cs", except: "ErrorIds.cs");
        string suites = Text("tests/pester", "*.Tests.ps1", except: "");
        string[] own = [.. typeof(ErrorIds).GetFields().Select(field => field.Name)];
        Assert.All(own, id => Assert.True(module.Contains($"ErrorIds.{id}", StringComparison.Ordinal), $"No code uses {id}."));
        foreach (string id in own.Union(Enum.GetValues<ErrorKind>().Select(ErrorMapping.IdOf)))
        {
            Assert.True(Unreachable.Contains(id) || suites.Contains($"{id},RaftKv.Commands.", StringComparison.Ordinal), $"No suite reaches {id}.");
        }
    }

    private static string Text(string folder, string pattern, string except) => string.Concat(
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != except && !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText));

    [Fact]
    public void ErrorIds_AreWordsWithoutBlanks_AndNamedLikeTheirValue()
    {
        foreach (var field in typeof(ErrorIds).GetFields())
        {
            Assert.Equal(field.Name, (string)field.GetRawConstantValue()!);
        }

        string[] ids = [.. typeof(ErrorIds).GetFields().Select(field => field.Name), .. Enum.GetValues<ErrorKind>().Select(ErrorMapping.IdOf)];
        Assert.All(ids, id => Assert.Matches("^([A-Z][a-z]+)+$", id));
    }
}
