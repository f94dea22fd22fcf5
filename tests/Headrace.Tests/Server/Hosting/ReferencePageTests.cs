using System.Net;
using System.Security.Cryptography;
using System.Text;
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
        // The URL is relative to the root, because the script removes the page's path from the browser's address.
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
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_script_of_the_page_has_the_nonce_of_its_response_and_no_other_script_may_run()
    {
        var nonces = new HashSet<string>();
        for (var request = 0; request < 2; request++)
        {
            using var page = await scene.GetAsync("/docs/api/");
            var html = await page.Content.ReadAsStringAsync(Stop);
            var scripts = ScriptPolicy().Match(page.Headers.GetValues("Content-Security-Policy").Single());

            Assert.True(scripts.Success);
            var nonce = scripts.Groups[1].Value;
            Assert.All(
                ScriptTag().Matches(html).Select(tag => tag.Value),
                tag => Assert.Contains($"nonce=\"{nonce}\"", tag, StringComparison.Ordinal)
            );
            Assert.InRange(ScriptTag().Count(html), 1, 10);
            nonces.Add(nonce);
        }
        Assert.Equal(2, nonces.Count);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/problems")]
    [InlineData("/problems/unauthorized")]
    public async Task The_other_pages_allow_their_own_style_and_nothing_else(string path)
    {
        using var page = await scene.GetAsync(path, ("Accept", "text/html"));
        var html = await page.Content.ReadAsStringAsync(Stop);
        var style = Style().Match(html).Groups[1].Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors "
                + "'none'",
            page.Headers.GetValues("Content-Security-Policy").Single()
        );
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.DoesNotContain(" style=", html, StringComparison.Ordinal);
    }

    [GeneratedRegex("https?://(?!127\\.0\\.0\\.1)|(?:src|href)=[\"']//")]
    private static partial Regex Elsewhere();

    [GeneratedRegex("script-src 'self' 'nonce-([A-Za-z0-9+/=_-]{16,})';")]
    private static partial Regex ScriptPolicy();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex ScriptTag();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("(?:<script[^>]*src=|from )[\"']([^\"']+)[\"']")]
    private static partial Regex Script();
}
