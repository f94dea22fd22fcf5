using System.Net;
using System.Text.Json;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

public sealed class BrowserSessionTests(AccountScene scene) : IClassFixture<AccountScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_works_once_and_its_browser_acts_as_the_caller()
    {
        using var key = await scene.KeyClientAsync("page", "submitter");
        var path = await LinkAsync(key);
        using var browser = Browser();
        using var second = Browser();

        using var opened = await browser.GetAsync(path, Stop);
        using var again = await second.GetAsync(path, Stop);
        var session = await AccountScene.GetAsync(browser, "/v1/session", HeadraceJson.Default.SessionReply);

        Assert.Equal(HttpStatusCode.SeeOther, opened.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
        Assert.Equal("key:page", session.Name);
        var cookie = Assert.Single(opened.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_request_that_changes_something_requires_the_antiforgery_header()
    {
        using var key = await scene.KeyClientAsync("forgery", "submitter");
        using var browser = await OpenAsync(key);
        var session = await AccountScene.GetAsync(browser, "/v1/session", HeadraceJson.Default.SessionReply);

        using var without = await PostAsync(browser, null);
        using var wrong = await PostAsync(browser, "x");
        using var right = await PostAsync(browser, session.AntiforgeryToken);

        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Contains("X-Headrace-Antiforgery", await FrontScene.TextAsync(without), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, right.StatusCode);

        static Task<HttpResponseMessage> PostAsync(HttpClient browser, string? token)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
            {
                Content = FrontScene.Json("""{"method":"noop"}"""),
            };
            if (token is not null)
                request.Headers.Add("X-Headrace-Antiforgery", token);
            return browser.SendAsync(request, Stop);
        }
    }

    [Fact]
    public async Task A_session_ends_by_logout_and_when_its_key_is_revoked()
    {
        using var key = await scene.KeyClientAsync("ending", "viewer");
        using var first = await OpenAsync(key);
        using var second = await OpenAsync(key);
        var session = await AccountScene.GetAsync(first, "/v1/session", HeadraceJson.Default.SessionReply);

        using var logout = new HttpRequestMessage(HttpMethod.Delete, "/v1/session");
        logout.Headers.Add("X-Headrace-Antiforgery", session.AntiforgeryToken);
        using var ended = await first.SendAsync(logout, Stop);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await AccountScene.StatusAsync(first, "/v1/me"));

        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(second, "/v1/me"));
        using var revoked = await scene.Http.DeleteAsync("/v1/keys/ending", Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, await AccountScene.StatusAsync(second, "/v1/me"));
    }

    private HttpClient Browser() =>
        new(new SocketsHttpHandler { UseCookies = true, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(scene.Server.Server.Ready.Url),
            Timeout = Eventually.Deadline,
        };

    private async Task<HttpClient> OpenAsync(HttpClient key)
    {
        var browser = Browser();
        using var opened = await browser.GetAsync(await LinkAsync(key), Stop);
        Assert.Equal(HttpStatusCode.SeeOther, opened.StatusCode);
        return browser;
    }

    private static async Task<string> LinkAsync(HttpClient key)
    {
        using var response = await key.PostAsync("/v1/session-links", null, Stop);
        return (
            await FrontScene.ReadAsync(response, HttpStatusCode.Created, HeadraceJson.Default.SessionLinkReply)
        ).Path;
    }
}
