using System.Text.Json;
using Headrace.Client;
using Xunit;
using static Headrace.Tests.Client.ScriptedServer;

namespace Headrace.Tests.Client;

/// <summary>
/// Tests values that an HTTP header cannot carry. They must reach the server in the JSON form, so that the server
/// decides whether they are valid.
/// </summary>
public sealed class HeaderTextTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly JobRequest Job = new("noop") { Body = "x"u8.ToArray() };

    [Theory]
    [InlineData("nonsense")]
    [InlineData("a/b;x=\"é\"")]
    [InlineData("text/plain\r\nX: y")]
    public Task A_content_type_that_no_header_can_carry_is_sent_as_JSON(string type) =>
        IsSentAsJsonAsync(Job with { ContentType = type }, "contentType", type);

    [Theory]
    [InlineData("schlüssel")]
    [InlineData("a\nb")]
    [InlineData(" padded ")]
    public Task An_idempotency_key_that_no_header_can_carry_is_sent_as_JSON(string key) =>
        IsSentAsJsonAsync(Job with { IdempotencyKey = key }, "idempotencyKey", key);

    private static async Task IsSentAsJsonAsync(JobRequest job, string member, string value)
    {
        await using var server = await StartAsync(Json(400, Problem(400, "bad-request", "No.")));
        using var client = Clients.Of(server);

        var refused = await Assert.ThrowsAsync<HeadraceProblemException>(() => client.SubmitAsync(job, Stop));

        var seen = Assert.Single(server.Seen);
        Assert.Equal(("POST /v1/jobs", 400), (seen.Line, refused.Status));
        Assert.Equal(value, JsonElement.Parse(seen.Body).GetProperty(member).GetString());
    }
}
