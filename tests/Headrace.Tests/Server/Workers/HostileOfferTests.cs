using System.Net;
using System.Text.Json;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Workers;

/// <summary>
/// Tests that the schema in a worker's offer is checked before the server accepts the schema and stores it with the
/// method (R22).
/// </summary>
public sealed class HostileOfferTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Theory]
    [InlineData("""{"not":{"$ref":"#"}}""", "refers to itself")]
    [InlineData("""{"$ref":"#"}""", "refers to itself")]
    [InlineData("""{"properties":{"x":{"$ref":"#/properties/x"}}}""", "refers to itself")]
    [InlineData("""{"multipleOf":0}""", "#/multipleOf")]
    [InlineData("""{"type":"objekt"}""", "#/type")]
    [InlineData("""{"properties":{"a":{"pattern":"("}}}""", "regular expression")]
    [InlineData("""{"$ref":"#/nowhere"}""", "#/nowhere")]
    [InlineData("""{"$ref":"file:///etc/passwd"}""", "only references within the schema")]
    [InlineData("""{"title":"\ud800"}""", "lone surrogate")]
    [InlineData("[]", "must be a JSON object")]
    public async Task An_offer_with_a_schema_that_cannot_be_evaluated_is_rejected_and_not_stored(
        string schema,
        string words
    )
    {
        foreach (var member in (string[])["schema", "resultSchema"])
        {
            using var response = await OfferAsync(
                $$"""[{"method":"hostile","version":1,"{{member}}":{{JsonSerializer.Serialize(schema)}}}]"""
            );
            var problem = JsonSerializer.Deserialize(
                await FrontScene.TextAsync(response),
                HeadraceJson.Default.ProblemReply
            )!;

            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains(words, problem.Detail, StringComparison.Ordinal);
        }
        using var method = await scene.GetAsync("/v1/methods/hostile");
        Assert.Equal(HttpStatusCode.NotFound, method.StatusCode);
    }

    [Theory]
    [InlineData("""{"type":"object","patternProperties":{"^(a+)+$":{}},"additionalProperties":false}""", "p1")]
    [InlineData("""{"type":"object","patternProperties":{"^(?=(a+)+$)":{}},"additionalProperties":false}""", "p2")]
    public async Task A_pattern_that_backtracks_for_ever_does_not_block_a_submission(string schema, string method)
    {
        await scene.JoinAsync(method, schema);

        using var response = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs",
            FrontScene.Json($$"""{"method":"{{method}}","params":{"{{new string('a', 40)}}!":1} }""")
        );

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
    }

    [Fact]
    public async Task A_message_with_thousands_of_errors_is_answered_with_a_few_of_them()
    {
        using var offers = await OfferAsync(
            $"[{string.Join(',', Enumerable.Range(1, 1_001).Select(i => $$"""{"method":"m{{i}}","version":1}"""))}]"
        );
        using var invalid = await OfferAsync(
            $"[{string.Join(',', Enumerable.Repeat("""{"method":"NOT A NAME","version":0}""", 900))}]"
        );

        Assert.Contains(
            "$.offers: has 1001 methods; the limit is 1000.",
            await FrontScene.TextAsync(offers),
            StringComparison.Ordinal
        );
        var text = await FrontScene.TextAsync(invalid);
        Assert.Equal(HttpStatusCode.BadRequest, invalid.StatusCode);
        Assert.InRange(text.Length, 1, 10_000);
        Assert.Contains("more errors", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rejection_does_not_repeat_megabytes_of_the_message()
    {
        var text = new string('x', 1_000_000);
        const string Start = "\"incarnation\":\"5\",\"exchangeNumber\":\"1\",\"slots\":1";
        foreach (
            var message in (string[])
                [
                    $$"""{"worker":"{{text}}",{{Start}}}""",
                    $$"""{"worker":"hostile",{{Start}},"store":"{{text}}"}""",
                    $$"""{"worker":"hostile",{{Start}},"pool":"{{text}}"}""",
                    $$"""{"worker":"hostile",{{Start}},"{{text}}":1}""",
                    $$"""{"worker":"hostile","incarnation":"5","slots":"{{text}}"}""",
                    $$"""
                    {"worker":"hostile",{{Start}},
                    "offers":[{"method":"{{text}}","version":1},{"method":"{{text}}","version":1}]}
                    """,
                    $$"""{"worker":"hostile",{{Start}},"offers":[{"method":"m","version":1,"schema":"{{text}}"}]}""",
                    $$"""{"worker":"hostile",{{Start}},"offers":[{"method":"m","version":1,"onLost":"{{text}}"}]}""",
                ]
        )
        {
            using var response = await SendAsync(message);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.InRange((await FrontScene.TextAsync(response)).Length, 1, 10_000);
        }
    }

    private Task<HttpResponseMessage> OfferAsync(string offers) =>
        SendAsync($$"""{"worker":"hostile","incarnation":"5","exchangeNumber":"1","slots":1,"offers":{{offers}}}""");

    private Task<HttpResponseMessage> SendAsync(string message) =>
        scene.SendAsync(HttpMethod.Post, "/v1/workers/hostile/exchange", FrontScene.Json(message));
}
