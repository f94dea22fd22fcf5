using Headrace.Server.Telemetry;
using Xunit;

namespace Headrace.Tests.Server.Telemetry;

public sealed class LabelLimitTests
{
    [Fact]
    public void The_first_values_keep_their_labels_and_all_further_ones_share_one()
    {
        var limit = new LabelLimit<string>(2, LabelLimits.Other);

        Assert.Equal(["a", "b", "_other", "a", "_other"], new[] { "a", "b", "c", "a", "d" }.Select(limit.LabelOf));
        Assert.Equal(["a", "b"], limit.Own.Order());
    }
}
