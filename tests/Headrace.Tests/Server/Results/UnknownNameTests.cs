using System.Net;
using Xunit;

namespace Headrace.Tests.Server.Results;

public sealed class UnknownNameTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task Of_many_known_methods_the_reply_lists_the_most_similar_ones_and_the_number_of_the_others()
    {
        foreach (var number in Enumerable.Range(0, 30))
            await scene.JoinAsync($"aaaaaaaaaa-{number:00}");
        await scene.JoinAsync("forecast");

        using var response = await scene.GetAsync("/v1/methods/forcast");

        var text = await FrontScene.TextAsync(response);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Matches(
            "No worker has ever offered the method 'forcast'. Known methods: forecast@1, .* and [0-9]+ more. "
                + "GET /v1/methods lists all of them.",
            text
        );
        Assert.InRange(text.Split('@').Length - 1, 10, 10);
    }
}
