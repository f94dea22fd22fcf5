using Headrace.Client;
using Xunit;
using static Headrace.Tests.Client.ScriptedServer;

namespace Headrace.Tests.Client;

/// <summary>Tests texts of callers that an HTTP header cannot carry.</summary>
public sealed class HeaderTextTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly JobRequest Job = new("noop") { Body = "x"u8.ToArray() };

    [Theory]
    [InlineData("nonsense")]
    [InlineData("a/b;x=\"é\"")]
    [InlineData("text/plain\r\nX: y")]
    [InlineData("")]
    public async Task An_invalid_content_type_is_rejected_with_its_value_before_anything_is_sent(string type)
    {
        await using var server = await StartAsync();
        using var client = Clients.Of(server);

        var refused = await Assert.ThrowsAsync<ArgumentException>(() =>
            client.SubmitAsync(Job with { ContentType = type }, Stop)
        );

        Assert.StartsWith($"The content type '{type}' is not valid.", refused.Message, StringComparison.Ordinal);
        Assert.Empty(server.Seen);
    }

    [Theory]
    [InlineData("schlüssel", "schl%C3%BCssel")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("two words", "two%20words")]
    public async Task An_idempotency_key_that_no_header_can_carry_is_sent_in_the_query(string key, string query)
    {
        await using var server = await StartAsync(Json(202, """{"id":"1","state":"ready"}"""));
        using var client = Clients.Of(server);

        await client.SubmitAsync(Job with { IdempotencyKey = key }, Stop);

        Assert.Equal($"POST /v1/jobs?method=noop&idempotencyKey={query}", server.Seen.Single().Line);
    }
}
