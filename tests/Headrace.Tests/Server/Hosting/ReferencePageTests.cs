using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed partial class ReferencePageTests(FrontScene scene) : IClassFixture<FrontScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_needs_no_key_and_loads_only_files_from_this_server()
    {
        using var keyless = scene.Server.Client(key: "");
        using var page = await keyless.GetAsync("/docs/api/", Stop);
        var html = await page.Content.ReadAsStringAsync(Stop);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        // The URL is relative to the root, because the script removes the path of the page from the browser's address.
        Assert.Contains("\"url\":\"openapi.json\"", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(Elsewhere(), html);
        var scripts = Script().Matches(html).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            var address = new Uri(page.RequestMessage!.RequestUri!, script);
            using var served = await keyless.GetAsync(address, Stop);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
            Assert.True((await served.Content.ReadAsByteArrayAsync(Stop)).Length > 0, script);
        }
    }

    [Fact]
    public async Task The_content_security_policy_allows_no_other_host()
    {
        using var page = await scene.GetAsync("/docs/api/");

        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.Contains("connect-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotContain('*', policy);
    }

    [GeneratedRegex("https?://(?!127\\.0\\.0\\.1)|(?:src|href)=[\"']//")]
    private static partial Regex Elsewhere();

    [GeneratedRegex("(?:<script[^>]*src=|from )[\"']([^\"']+)[\"']")]
    private static partial Regex Script();
}
