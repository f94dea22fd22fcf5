using Headrace.Server.Security;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class LoginQueueTests
{
    private readonly LoginQueue _queue = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_login_waits_for_one_other_address_and_not_for_all_logins_of_that_address()
    {
        var turn = await _queue.EnterAsync("many", Stop);
        var many = Enumerable.Range(0, LoginQueue.MaxWaitingOfAddress).Select(_ => Enter("many")).ToList();
        var other = Enter("other");

        turn!.Dispose();
        using (await many[0])
            Assert.False(other.IsCompleted);
        using (await other)
            Assert.False(many[1].IsCompleted);
        foreach (var login in many[1..])
            (await login)!.Dispose();

        Assert.Equal(0, _queue.Waiting);
    }

    [Fact]
    public async Task Only_one_password_is_verified_at_a_time_and_the_logins_of_an_address_in_order()
    {
        var turn = await _queue.EnterAsync("a", Stop);
        var logins = Enumerable.Range(0, 5).Select(_ => Enter("a")).ToList();

        for (var i = 0; i < logins.Count; i++)
        {
            Assert.All(logins[i..], login => Assert.False(login.IsCompleted));
            turn!.Dispose();
            turn = await logins[i];
        }
        turn!.Dispose();

        using var free = await _queue.EnterAsync("b", Stop);
        Assert.NotNull(free);
    }

    [Fact]
    public async Task An_address_with_too_many_waiting_logins_is_rejected_and_others_are_not()
    {
        using var turn = await _queue.EnterAsync("many", Stop);
        for (var i = 0; i < LoginQueue.MaxWaitingOfAddress; i++)
            _ = Enter("many");

        Assert.Null(await Enter("many"));
        Assert.False(Enter("other").IsCompleted);
    }

    [Fact]
    public async Task A_full_queue_rejects_the_newest_login_of_the_address_with_the_most()
    {
        using var turn = await _queue.EnterAsync("a", Stop);
        var logins = new List<Task<IDisposable?>>();
        for (var i = 0; i < LoginQueue.MaxWaiting; i++)
            logins.Add(Enter($"many{i % 4}"));

        var other = Enter("other");

        Assert.Equal(LoginQueue.MaxWaiting, _queue.Waiting);
        Assert.False(other.IsCompleted);
        Assert.Equal(logins[^4], await Task.WhenAny(logins));
        Assert.Null(await logins[^4]);
    }

    [Fact]
    public async Task A_full_queue_rejects_a_login_if_every_address_has_only_one()
    {
        using var turn = await _queue.EnterAsync("a", Stop);
        for (var i = 0; i < LoginQueue.MaxWaiting; i++)
            _ = Enter($"address{i}");

        Assert.Null(await Enter("other"));
    }

    [Fact]
    public async Task A_login_that_is_aborted_leaves_its_place()
    {
        var turn = await _queue.EnterAsync("a", Stop);
        using var abort = new CancellationTokenSource();
        var aborted = _queue.EnterAsync("a", abort.Token);
        var next = Enter("a");

        await abort.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => aborted);
        turn!.Dispose();

        using (await next)
            Assert.Equal(0, _queue.Waiting);
    }

    /// <summary>Waits with a deadline, so that a login that never gets its turn fails the test.</summary>
    private Task<IDisposable?> Enter(string address) =>
        _queue.EnterAsync(address, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60), Stop);
}
