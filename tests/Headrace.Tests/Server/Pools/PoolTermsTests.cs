using Headrace.Core.Scaling;
using Headrace.Server.Pools;
using Xunit;

namespace Headrace.Tests.Server.Pools;

public sealed class PoolTermsTests
{
    [Fact]
    public void Pools_are_read_with_what_was_said_and_the_defaults_for_the_rest()
    {
        var faults = new List<string>();

        var pools = PoolTerms.Read(
            "a methods=sha512,noop min=1 max=5 up_after=2s idle_after=1m; b",
            new ScalingPolicy { UpAfter = TimeSpan.FromSeconds(7) },
            faults
        );

        Assert.Empty(faults);
        Assert.Equal(
            [
                "a: 1 to 5 workers, one more when work has waited 2s",
                "b: 0 to 3 workers, one more when work has waited 7s",
            ],
            pools.Select(pool => pool.ToString())
        );
        Assert.Equal(["sha512", "noop"], pools[0].Methods);
        Assert.Equal(
            (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10)),
            (pools[0].Policy.IdleAfter, pools[1].Policy.IdleAfter)
        );
        Assert.Empty(pools[1].Methods);
    }

    [Theory]
    [InlineData("", "names no pool")]
    [InlineData("A", "'A' is no name of a pool")]
    [InlineData("a; a", "The pool 'a' is named twice.")]
    [InlineData("a min=4", "min=4 and max=3")]
    [InlineData("a max=many", "'max=many' of the pool 'a' cannot be read")]
    [InlineData("a max=1001", "'max=1001' of the pool 'a' cannot be read")]
    [InlineData("a colour=red", "'colour=red' of the pool 'a' cannot be read")]
    [InlineData("a methods=sha512@2", "'methods=sha512@2' of the pool 'a' cannot be read")]
    [InlineData("a up_after=soon", "'up_after=soon' of the pool 'a' cannot be read")]
    public void What_cannot_be_read_is_named(string text, string words)
    {
        var faults = new List<string>();

        PoolTerms.Read(text, new ScalingPolicy(), faults);

        Assert.Contains(words, Assert.Single(faults), StringComparison.Ordinal);
    }
}
