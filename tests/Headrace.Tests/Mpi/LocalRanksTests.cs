using Headrace.Mpi;
using Headrace.MpiConformance;
using Xunit;

namespace Headrace.Tests.Mpi;

/// <summary>Runs the communicator checks on ranks that are threads of this process.</summary>
public sealed class LocalRanksTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static MatrixTheoryData<string, int> Checks => new(Check.All.Select(check => check.Name), [1, 2, 3, 4]);

    [Theory]
    [MemberData(nameof(Checks))]
    public void Ranks_of_one_process_pass_the_check(string name, int size)
    {
        var check = Check.All.Single(check => check.Name == name);
        using var late = new CancellationTokenSource(Deadline);

        var failures = LocalRanks.Run(size, ranks => CheckRun.Run(ranks, [check], static _ => { }), late.Token);

        Assert.Empty(failures[0]);
    }

    [Fact]
    public void The_checks_also_pass_one_after_another_on_one_communicator()
    {
        using var late = new CancellationTokenSource(Deadline);

        var failures = LocalRanks.Run(4, ranks => CheckRun.Run(ranks, Check.All, static _ => { }), late.Token);

        Assert.Empty(failures[0]);
    }

    [Fact]
    public void An_exception_of_one_rank_ends_the_ranks_that_wait_and_is_thrown()
    {
        var thrown = Assert.Throws<FormatException>(() =>
            LocalRanks.Run(
                3,
                ranks =>
                {
                    if (ranks.Rank == 1)
                        throw new FormatException("of rank 1");
                    ranks.Receive<int>(new int[1]);
                },
                TestContext.Current.CancellationToken
            )
        );

        Assert.Equal("of rank 1", thrown.Message);
    }

    [Fact]
    public void A_cancellation_ends_the_ranks_that_wait()
    {
        using var cancellation = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() =>
            LocalRanks.Run(
                2,
                ranks =>
                {
                    if (ranks.Rank == 1)
                        cancellation.Cancel();
                    ranks.Probe();
                },
                cancellation.Token
            )
        );
    }

    [Fact]
    public void A_cancellation_after_the_last_rank_has_returned_changes_nothing()
    {
        using var cancellation = new CancellationTokenSource();

        var ranks = LocalRanks.Run(
            1,
            ranks =>
            {
                cancellation.Cancel();
                return ranks.Rank;
            },
            cancellation.Token
        );

        Assert.Equal([0], ranks);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(LocalRanks.MaxSize + 1)]
    public void The_number_of_ranks_is_bounded(int size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            LocalRanks.Run(size, static _ => { }, TestContext.Current.CancellationToken)
        );
}
