using System.Net;
using System.Text.Json;
using Xunit;

namespace Headrace.Tests.Server.Compat;

/// <summary>Tests method rankings that are based on the client's reference values.</summary>
public sealed class Seed004RankingTests(Seed004Scene scene) : IClassFixture<Seed004Scene>
{
    private static readonly (string Name, string Value) NoWait = ("Prefer", "wait=0");

    [Fact]
    public async Task A_ranking_by_reference_values_of_the_client_is_ascending_and_keeps_ties()
    {
        const string body = """{"S":[90,100],"K":100,"T":1,"r":0.03,"sig":0.15,"U":[2,4]}""";
        await PostAsync(body, HttpStatusCode.Accepted);
        await scene.Cos.SucceedAsync(
            await scene.Cos.ClaimAsync(),
            Seed004Scene.Answer([2, 4.4], 0.5, wall: 7),
            "application/json"
        );
        await scene.Closed.SucceedAsync(
            await scene.Closed.ClaimAsync(),
            Seed004Scene.Answer([2.1, 4.4], 0.5, wall: 7),
            "application/json"
        );

        var ranking = (await PostAsync(body, HttpStatusCode.OK)).GetProperty("ranking");

        Assert.Equal(2, ranking.GetProperty("time").GetArrayLength());
        Assert.Equal(
            ["closed 0.1", "COS 0.1"],
            ranking
                .GetProperty("err")
                .EnumerateArray()
                .SelectMany(entry => entry.EnumerateObject())
                .Select(entry => FormattableString.Invariant($"{entry.Name} {entry.Value.GetDouble():0.###}"))
                .Order(StringComparer.OrdinalIgnoreCase)
        );
    }

    [Theory]
    [InlineData("{}", "The members K, T, r and sig are required.")]
    [InlineData("[1]", "The body is not a JSON object with numbers.")]
    [InlineData("null", "The body is null.")]
    [InlineData("""{"S":1,"K":1,"T":1,"r":1,"sig":1,"U":1,"Q":1}""", "There is no member 'Q'.")]
    [InlineData("""{"S":1,"K":1,"T":1,"r":1,"sig":1}""", "The members S and U are required")]
    [InlineData("""{"S":["a"],"K":1,"T":1,"r":1,"sig":1,"U":[1]}""", "The members S and U are required")]
    [InlineData("""{"S":[1,2],"K":1,"T":1,"r":1,"sig":1,"U":1}""", "S has 2 numbers and U has 1.")]
    [InlineData("""{"S":1,"K":1,"T":1,"r":1,"sig":1,"U":0}""", "U contains 0")]
    [InlineData("""{"S":1,"K":1e999,"T":1,"r":1,"sig":1,"U":1}""", "A number is too large.")]
    public async Task An_invalid_ranking_request_is_rejected(string body, string detail)
    {
        using var response = await scene.PostAsync("/benchop/api/prob/rank/problem1_A1", FrontScene.Json(body), NoWait);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    private async Task<JsonElement> PostAsync(string body, HttpStatusCode status)
    {
        using var response = await scene.PostAsync("/benchop/api/prob/rank/problem1_A1", FrontScene.Json(body), NoWait);
        var text = await FrontScene.TextAsync(response);
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }
}
