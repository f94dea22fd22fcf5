using System.Net;
using System.Text.RegularExpressions;
using Headrace.Protocol.Json;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

/// <summary>
/// Tests that a web page on another host cannot use a user's session or key. The server rejects requests from such a
/// page, even if the page's own host name has been changed to resolve to this machine.
/// </summary>
public sealed partial class ForeignPageTests(AuthorizationMatrixTests.DemoScene scene)
    : IClassFixture<AuthorizationMatrixTests.DemoScene>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Origin", "http://evil.example", HttpStatusCode.Forbidden, "foreign-origin")]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden, "foreign-origin")]
    [InlineData("Host", "evil.example", HttpStatusCode.MisdirectedRequest, "misdirected-request")]
    public async Task Every_route_rejects_the_page_whatever_credential_the_browser_adds(
        string header,
        string value,
        HttpStatusCode status,
        string kind
    )
    {
        var session = await SessionAsync();
        string[] credentials = [$"Authorization: Bearer {scene.Server.Key}", $"Cookie: {session.Cookie}", ""];
        var routes = scene.Server.Server.Routes.ToList();
        Assert.InRange(routes.Count, 40, int.MaxValue);
        foreach (var route in routes)
            foreach (var credential in credentials)
            {
                using var request = new HttpRequestMessage(
                    new HttpMethod(route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]),
                    Parameter().Replace(route.RoutePattern.RawText!, "1")
                );
                request.Headers.TryAddWithoutValidation(header, value);
                request.Headers.TryAddWithoutValidation(BrowserSessions.AntiforgeryHeader, session.Antiforgery);
                if (credential.Split(": ") is [var name, var given])
                    request.Headers.TryAddWithoutValidation(name, given);
                using var response = await Browser().SendAsync(request, Stop);
                var text = await FrontScene.TextAsync(response);

                Assert.True(response.StatusCode == status, $"{request.Method} {request.RequestUri}: {text}");
                Assert.Contains($"/problems/{kind}", text, StringComparison.Ordinal);
                Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
            }
    }

    [Fact]
    public async Task A_form_of_another_page_cannot_use_the_session_even_without_an_origin()
    {
        var session = await SessionAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs")
        {
            Content = FrontScene.Json("""{"method":"noop"}"""),
        };
        request.Headers.TryAddWithoutValidation("Cookie", session.Cookie);

        using var response = await Browser().SendAsync(request, Stop);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private HttpClient Browser()
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(scene.Server.Server.Ready.Url),
            Timeout = Eventually.Deadline,
        };
        return client;
    }

    /// <summary>Opens an admin session, like the one that a user's browser would have.</summary>
    private async Task<(string Cookie, string Antiforgery)> SessionAsync()
    {
        using var linked = await scene.PostAsync("/v1/session-links", FrontScene.Json("{}"));
        var link = await FrontScene.ReadAsync(linked, HttpStatusCode.Created, HeadraceJson.Default.SessionLinkReply);
        using var browser = Browser();
        using var opened = await browser.GetAsync(link.Path, Stop);
        var cookie = opened.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/session");
        request.Headers.TryAddWithoutValidation("Cookie", cookie);
        using var read = await browser.SendAsync(request, Stop);
        var session = await FrontScene.ReadAsync(read, HttpStatusCode.OK, HeadraceJson.Default.SessionReply);
        return (cookie, session.AntiforgeryToken);
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
