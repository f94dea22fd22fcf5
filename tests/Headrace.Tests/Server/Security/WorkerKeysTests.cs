using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Security;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class WorkerKeysTests
{
    private static readonly StoreId Store = new("0123456789abcdef0123456789abcdef");
    private static readonly LeaseHolder Worker = new(new WorkerName("host-a-1"), new Incarnation(255));

    private readonly WorkerKeys _keys = new(() => "hrs_secret", Store);

    [Fact]
    public void A_key_names_its_worker_and_stays_valid_when_the_server_restarts()
    {
        var key = _keys.Issue("a", Worker);

        Assert.Matches("^hrw_a~host-a-1~00000000000000ff~[A-Za-z0-9_-]{43}$", key);
        Assert.Null(Refusal(new WorkerKeys(() => "hrs_secret", Store).Check(key).Caller!, Worker, "a"));
    }

    [Fact]
    public void A_key_of_another_secret_or_store_is_not_valid()
    {
        Assert.Null(CallerOf(new WorkerKeys(() => "hrs_other", Store).Issue("a", Worker)));
        Assert.Null(CallerOf(new WorkerKeys(() => "hrs_secret", new StoreId(new string('f', 32))).Issue("a", Worker)));
    }

    [Theory]
    [InlineData("hrw_")]
    [InlineData("hrw_~~~")]
    [InlineData("hrw_a~host-a-1~00000000000000ff")]
    [InlineData("hrw_a~host-a-1~00000000000000ff~")]
    [InlineData("hrw_a~host-a-1~00000000000000ff~****")]
    [InlineData("hrw_a~host-a-1~not-hex~AAAA")]
    [InlineData("hr_a~host-a-1~00000000000000ff~AAAA")]
    [InlineData("")]
    public void A_text_that_is_not_a_key_is_not_valid(string text) => Assert.Null(CallerOf(text));

    [Theory]
    [InlineData("hrw_a~", "hrw_b~")]
    [InlineData("host-a-1", "host-a-2")]
    [InlineData("00ff", "00fe")]
    [InlineData("00ff", "00FF")]
    [InlineData("~host", "~~host")]
    public void A_changed_key_is_not_valid(string part, string changed)
    {
        var key = _keys.Issue("a", Worker);

        Assert.NotNull(CallerOf(key));
        Assert.Null(CallerOf(key.Replace(part, changed, StringComparison.Ordinal)));
        Assert.Null(CallerOf(key[..^1]));
        Assert.Null(CallerOf(key + "A"));
    }

    [Fact]
    public void Before_the_secret_is_loaded_no_key_is_issued_or_rejected()
    {
        string? secret = null;
        var keys = new WorkerKeys(() => secret, Store);
        var key = _keys.Issue("a", Worker);

        Assert.True(keys.Check(key).IsUnavailable);
        Assert.Throws<InvalidOperationException>(() => keys.Issue("a", Worker));

        secret = "hrs_secret";
        Assert.NotNull(keys.Check(key).Caller);
    }

    [Fact]
    public void More_keys_than_are_remembered_stay_valid()
    {
        var all = Enumerable
            .Range(1, 5_000)
            .Select(i => new LeaseHolder(new WorkerName($"host-a-{i}"), new Incarnation((ulong)i)))
            .ToList();

        foreach (var worker in all.Concat(all))
            Assert.Null(Refusal(CallerOf(_keys.Issue("a", worker))!, worker, "a"));
    }

    [Fact]
    public void A_worker_may_send_messages_only_as_itself()
    {
        var caller = CallerOf(_keys.Issue("a", Worker))!;

        Assert.Null(Refusal(caller, Worker, "a"));
        foreach (
            var (other, pool) in ((LeaseHolder, string)[])
                [
                    (Worker with { Worker = new WorkerName("host-a-2") }, "a"),
                    (Worker with { Incarnation = new Incarnation(254) }, "a"),
                    (Worker, "b"),
                    (Worker, ""),
                ]
        )
        {
            var refusal = Refusal(caller, other, pool);
            Assert.Equal(ProblemKinds.Forbidden, refusal!.Kind);
            Assert.Contains("'host-a-1', incarnation 00000000000000ff, in pool 'a'", refusal.Detail);
        }
    }

    private Caller? CallerOf(string key) => _keys.Check(key).Caller;

    private static Problem? Refusal(Caller caller, LeaseHolder sender, string pool) =>
        caller.WorkerLimit!.Refuse(sender, pool);
}
