using System.Globalization;
using RaftKv.Api.Clusters;
using RaftKv.Api.Views;

namespace RaftKv.Tests.PSModule;

/// <summary>
/// The module works inside its user's PowerShell, with the numbers of the user's language. Its own words are English, and
/// the numbers in them too, as in a text that PowerShell fills in.
/// </summary>
public sealed class CultureTests
{
    /// <summary>Words of a link and of options are the same in every language.</summary>
    [Fact]
    public void Words_WhereNumbersHaveAComma_AreTheSame()
    {
        var before = CultureInfo.CurrentCulture;
        var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        other.NumberFormat.NumberDecimalSeparator = ",";
        other.NumberFormat.PercentPositivePattern = 2;
        try
        {
            CultureInfo.CurrentCulture = other;
            var link = new LinkView(1, 2) { DropRate = 0.25, DelayMs = 1.5, JitterMs = 0.5, DuplicateRate = 0.5, ReorderRate = 0.2 };
            Assert.Equal("1 to 2: drop 25%, delay 1.5±0.5 ms, double 50%, reorder 20%", new RaftLink(link).ToString());

            var options = new ServerOptions { HeartbeatIntervalMs = 700.5, ElectionTimeoutLowerMs = 600.5, ElectionTimeoutUpperMs = 500.5 };
            Assert.Contains("ElectionTimeoutUpperMs (500.5) is below ElectionTimeoutLowerMs (600.5).", options.Faults());
            Assert.Contains(options.Faults(), fault => fault.StartsWith("HeartbeatIntervalMs (700.5) is not below ElectionTimeoutLowerMs (600.5)", StringComparison.Ordinal));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
