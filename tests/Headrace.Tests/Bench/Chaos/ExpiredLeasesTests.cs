using Headrace.Bench.Chaos;
using Headrace.Core;
using Xunit;

namespace Headrace.Tests.Bench.Chaos;

public sealed class ExpiredLeasesTests
{
    [Fact]
    public void Only_expired_leases_of_workers_that_no_fault_disturbed_are_returned()
    {
        string[] log =
        [
            "Worker local-1, incarnation 000000000000000a, disconnected: lease expired. 2 leases were released",
            "Worker local-2, incarnation 000000000000000b, disconnected: lease expired. 1 leases were released",
            "Worker local-1, incarnation 000000000000000c, disconnected: process crashed or was killed. 0 leases "
                + "were released",
        ];

        var expired = ExpiredLeases.OfUndisturbed(
            log,
            new HashSet<(string, Incarnation)> { ("local-1", new Incarnation(10)), ("local-2", new Incarnation(10)) }
        );

        Assert.Equal(["local-2 000000000000000b"], expired);
    }
}
