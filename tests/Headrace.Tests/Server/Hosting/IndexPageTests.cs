using System.Net;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class IndexPageTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task The_index_page_shows_the_first_commands_with_the_actual_address_and_no_path()
    {
        using var keyless = scene.Server.Client(key: "");
        using var response = await keyless.GetAsync("/", TestContext.Current.CancellationToken);

        var text = await FrontScene.TextAsync(response);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.StartsWith("Headrace ", text, StringComparison.Ordinal);
        Assert.Contains(
            $"'{scene.Http.BaseAddress!.ToString().TrimEnd('/')}/v1/jobs?method=sha512&iterations=1000'",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("DATA/admin.key", text, StringComparison.Ordinal);
        Assert.DoesNotContain(scene.Server.Server.Ready.Data, text, StringComparison.Ordinal);
        Assert.Contains("/v1/jobs/{id}/why", text, StringComparison.Ordinal);
        Assert.DoesNotContain(scene.Server.Key, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_gets_the_same_page_as_HTML()
    {
        using var response = await scene.GetAsync("/", ("Accept", "text/html"));

        var text = await FrontScene.TextAsync(response);
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Contains("<h2>First commands</h2>", text, StringComparison.Ordinal);
    }
}
