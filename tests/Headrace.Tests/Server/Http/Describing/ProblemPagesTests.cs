using System.Net;
using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Http.Describing;

public sealed class ProblemPagesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task Every_problem_kind_has_a_page_that_needs_no_key()
    {
        using var keyless = scene.Server.Client(key: "");
        foreach (var kind in ProblemKinds.All)
        {
            using var response = await keyless.GetAsync(kind.Address, TestContext.Current.CancellationToken);

            var text = await FrontScene.TextAsync(response);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
            Assert.Contains(kind.Explanation, text, StringComparison.Ordinal);
            Assert.Contains(kind.Remedy, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task All_problem_kinds_are_listed()
    {
        using var response = await scene.GetAsync("/problems");

        var text = await FrontScene.TextAsync(response);
        foreach (var kind in ProblemKinds.All)
            Assert.Contains(kind.Address, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_gets_the_page_as_HTML_without_scripts()
    {
        using var response = await scene.GetAsync(
            "/problems/queue-full",
            ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        );

        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.StartsWith(
            "default-src 'none'",
            Assert.Single(response.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal
        );
        Assert.Contains("<h1>The queue is full</h1>", await FrontScene.TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_problem_kind_is_not_found_and_the_reply_lists_the_valid_kinds()
    {
        using var response = await scene.GetAsync("/problems/bad-luck");

        await FrontScene.AssertRefusedAsync(
            response,
            404,
            "not-found",
            "There is no problem kind 'bad-luck'. Valid kinds: "
                + $"{string.Join(", ", ProblemKinds.All.Select(k => k.Name))}."
        );
    }

    [Theory]
    [InlineData("GET", "/v2/jobs", "There is no route '/v2/jobs'. GET /openapi.json lists every route.")]
    [InlineData(
        "GET",
        "/v1/jobs/42:retry/more",
        "There is no route '/v1/jobs/42:retry/more'. GET /openapi.json lists every route."
    )]
    [InlineData("POST", "/v1/hooks", "There is no route '/v1/hooks'. GET /openapi.json lists every route.")]
    public async Task An_unknown_address_is_a_problem_as_well(string method, string path, string detail)
    {
        using var response = await scene.SendAsync(new HttpMethod(method), path);

        await FrontScene.AssertRefusedAsync(response, 404, "not-found", detail);
    }

    [Fact]
    public async Task An_unsupported_HTTP_method_is_rejected_with_the_supported_ones()
    {
        using var response = await scene.SendAsync(HttpMethod.Put, "/v1/users/ada", FrontScene.Json("{}"));

        await FrontScene.AssertRefusedAsync(
            response,
            405,
            "method-not-allowed",
            "'/v1/users/ada' does not support PUT. It supports DELETE, PATCH."
        );
        Assert.Equal(["DELETE", "PATCH"], response.Content.Headers.Allow.Order());
    }

    [Theory]
    [InlineData("POST", "/v1/arrays")]
    [InlineData("POST", "/v1/flows")]
    [InlineData("POST", "/v1/payloads")]
    [InlineData("POST", "/v1/workers/w:drain")]
    public async Task A_route_of_the_contract_that_is_not_supported_yet_says_so(string method, string path)
    {
        using var response = await scene.SendAsync(new HttpMethod(method), path);

        await FrontScene.AssertRefusedAsync(
            response,
            404,
            "not-found",
            $"{method} {path} is not supported in this version. GET /openapi.json lists every route."
        );
    }
}
