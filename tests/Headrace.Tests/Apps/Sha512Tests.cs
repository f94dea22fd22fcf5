using System.Text;
using Headrace.Apps.Sha512;
using Headrace.Tests.Worker.Methods;
using Headrace.Worker;
using Headrace.Worker.Methods;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Tests.Apps;

public sealed class Sha512Tests
{
    private static readonly Method Sha512 = Sha512App.Map(HeadraceWorker.Create([])).Method;

    private static byte[] Bytes(string text) =>
        text == "16 KiB" ? [.. Enumerable.Range(0, 16 << 10).Select(i => (byte)i)] : Encoding.ASCII.GetBytes(text);

    // The expected digests were computed with Python's hashlib: hash the body, then the raw digest repeatedly.
    [Theory]
    [InlineData(
        "",
        "{}",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
    )]
    [InlineData(
        "abc",
        """{"iterations":1}""",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    )]
    [InlineData(
        "abc",
        """{"iterations":2}""",
        "373a9f3a902cf561003b513c94c5164ba4af135cbc4eb4d856b89ea5609523f1"
            + "30bbe5e453e6c645b2765a265aaeb1390c82c913130870636cd0c8ecf980d851"
    )]
    [InlineData(
        "abc",
        """{"iterations":1000}""",
        "aeda6ba3d982a646b0152707c3c31b985cf0722b56a4f002f79593272b937641"
            + "f8baa610e883521af88d076b2f71fd14acad76649159ba3933b00bc7f5ade179"
    )]
    [InlineData(
        "16 KiB",
        """{"iterations":1000}""",
        "7752bef64c723e6539919ed8c384d33fb2a92f21ed367adda423fa8fae63d1f3"
            + "ffbfe46c7810d8bb9a8ab24c7f46aaf7d9bd72d0d3be2cb83005d08602e48ca9"
    )]
    public async Task The_digest_is_that_of_the_requested_number_of_hashes(
        string body,
        string parameters,
        string digest
    )
    {
        using var attempt = MethodRun.Begin(parameters, Bytes(body));

        var end = await MethodRun.RunAsync(Sha512, attempt);

        Assert.Equal(
            (Kind.Succeeded, "text/plain", digest),
            (end.Kind, end.ContentType, System.Text.Encoding.UTF8.GetString(end.Result.Span))
        );
    }

    [Fact]
    public async Task More_hashes_than_a_slice_has_are_counted_right()
    {
        var expected = Bytes("abc");
        for (var i = 0; i < 100_000; i++)
            expected = System.Security.Cryptography.SHA512.HashData(expected);
        using var attempt = MethodRun.Begin("""{"iterations":100000}""", Bytes("abc"));

        var end = await MethodRun.RunAsync(Sha512, attempt);

        Assert.Equal(Convert.ToHexStringLower(expected), System.Text.Encoding.UTF8.GetString(end.Result.Span));
        Assert.InRange(attempt.TakeReport().Progress!.Fraction, 0.5, 1);
    }

    [Theory]
    [InlineData("0", "must be at least 1, not 0")]
    [InlineData("-5", "must be at least 1, not -5")]
    [InlineData("1000000001", "must be at most 1000000000, not 1000000001")]
    [InlineData("\"many\"", "must be an integer, not \"many\"")]
    public async Task Iterations_outside_their_bounds_are_rejected(string iterations, string message)
    {
        using var attempt = MethodRun.Begin($$"""{"iterations":{{iterations}}}""");

        var end = await MethodRun.RunAsync(Sha512, attempt);

        Assert.Equal(Kind.Rejected, end.Kind);
        Assert.Contains($"$.iterations {message}", end.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_run_heeds_its_cancellation()
    {
        var begun = new TaskCompletionSource();
        using var attempt = MethodRun.Begin(
            """{"iterations":1000000000}""",
            Bytes("abc"),
            spoke: _ => begun.TrySetResult()
        );

        var running = MethodRun.RunAsync(Sha512, attempt);
        await begun.Task;
        attempt.Cancel();

        // Without cancellation, the method would hash for minutes.
        Assert.Equal(
            Kind.Cancelled,
            (await running.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).Kind
        );
    }
}
