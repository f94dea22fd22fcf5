using Headrace.Server.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Http;

public sealed class ReplyBudgetTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ReplyBudget _budget;

    public ReplyBudgetTests() => _budget = new ReplyBudget(_clock, 4 << 20);

    [Fact]
    public async Task Replies_wait_in_order_for_memory_that_others_release()
    {
        var first = await TakeAsync(3 << 20);
        var large = ReserveAsync(2 << 20);
        // A small reply does not overtake the large one, which would otherwise wait forever.
        var small = ReserveAsync(1);
        Assert.False(large.IsCompleted || small.IsCompleted);
        Assert.Equal(2, _budget.WaitingCount);

        first.Dispose();

        Assert.True((await large.WaitAsync(Eventually.Deadline, Token)).TryGet(out var second, out _));
        Assert.True((await small.WaitAsync(Eventually.Deadline, Token)).TryGet(out var third, out _));
        second.Dispose();
        second.Dispose();
        third.Dispose();
        Assert.Equal(4 << 20, _budget.Available);
    }

    [Fact]
    public async Task A_reply_that_finds_no_memory_in_time_is_rejected_with_the_limit_and_its_size()
    {
        using var first = await TakeAsync(4 << 20);
        var late = ReserveAsync(5);

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.False((await late.WaitAsync(Eventually.Deadline, Token)).TryGet(out _, out var problem));
        Assert.Equal((503, TimeSpan.FromSeconds(1)), (problem!.Kind.Status, problem.RetryAfter));
        Assert.Contains("occupy the server's reply buffer of 4 MB", problem.Detail, StringComparison.Ordinal);
        Assert.Contains("needs 5 bytes", problem.Detail, StringComparison.Ordinal);
        Assert.Equal(0, _budget.WaitingCount);
    }

    [Fact]
    public async Task A_client_that_disconnects_gives_its_place_to_the_next()
    {
        using var first = await TakeAsync(2 << 20);
        using var gone = new CancellationTokenSource();
        var large = _budget.ReserveAsync(3 << 20, gone.Token).AsTask();
        var small = ReserveAsync(1 << 20);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        Assert.True((await small.WaitAsync(Eventually.Deadline, Token)).TryGet(out _, out _));
    }

    [Fact]
    public async Task A_reply_larger_than_the_budget_gets_all_of_it()
    {
        using var all = await TakeAsync(5 << 20);

        Assert.Equal(0, _budget.Available);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<Result<ReplyBudget.Reservation>> ReserveAsync(long bytes) =>
        _budget.ReserveAsync(bytes, Token).AsTask();

    private async Task<ReplyBudget.Reservation> TakeAsync(long bytes)
    {
        Assert.True((await ReserveAsync(bytes)).TryGet(out var reservation, out _));
        return reservation;
    }
}
