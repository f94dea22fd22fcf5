using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class MemoryBoundTests
{
    [Theory]
    [InlineData(1, 1 << 20)]
    [InlineData(1_000, 64 << 20)]
    [InlineData(5_000_000, 2L << 30)]
    public void The_bound_is_the_base_plus_the_params_plus_the_memory_of_each_unfinished_job_R13(long jobs, long bytes)
    {
        var options = new ServerOptions { Data = "unused", MemoryJobs = jobs, MemoryBytes = bytes };

        var bound = MemoryBound.Of(options);

        Assert.Equal(MemoryBound.BaseBytes + bytes + (jobs * MemoryBound.JobBytes), bound.Bytes);
    }

    [Fact]
    public void The_base_contains_the_budgets_that_do_not_depend_on_the_number_of_jobs_R13()
    {
        // The budgets are 256 MB each for request bodies, worker messages and replies, and 64 MB for unlimited bodies.
        const long Budgets = (3 * (256L << 20)) + (64L << 20);

        Assert.InRange(MemoryBound.BaseBytes, Budgets + MemoryBound.RegistryBytes + (300L << 20), 2L << 30);
    }

    [Fact]
    public void Its_text_states_each_part_of_the_sum()
    {
        var bound = new MemoryBound(Jobs: 1_000_000, ParamsBytes: 512 << 20);

        Assert.Equal(
            "at most 2.5 GB: 1.4 GB, 512 MB of params and headers, 1,000,000 unfinished jobs of 640 bytes",
            bound.ToString()
        );
    }
}
