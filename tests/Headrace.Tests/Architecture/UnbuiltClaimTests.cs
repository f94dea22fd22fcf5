using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Tests that features that the documents list as not built do not exist, and that the server rejects them by name.
/// </summary>
public sealed partial class UnbuiltClaimTests
{
    private static readonly string Readme = MarkdownTable.Section(
        Repository.Read("README.md"),
        "## What is not there yet"
    );
    private static readonly string Contract = MarkdownTable.Section(
        Repository.Read("docs/contract.md"),
        "## Not built yet"
    );

    [Fact]
    public async Task No_feature_listed_as_not_built_exists()
    {
        await using var scene = await ServerScene.StartAsync();
        var claims = new UnbuiltClaims(await ServedAsync(scene));
        var bullets = UnbuiltClaims.Bullets(Readme).Concat(UnbuiltClaims.Bullets(Contract)).ToList();

        Assert.InRange(bullets.Count, 8, int.MaxValue);
        Assert.Empty(
            from bullet in bullets
            from existing in claims.Existing(bullet)
            select $"'{existing}' exists, but a document lists it as not built: {bullet}"
        );
    }

    [Theory]
    [InlineData("MPI, Slurm, autoscaling, flows.", "autoscaling")]
    [InlineData("A list of decisions (`headrace pools why`).", "headrace pools why")]
    [InlineData("Lists (`GET /v1/jobs`).", "GET /v1/jobs")]
    [InlineData("One job (`/v1/jobs/{number}`).", "/v1/jobs/{number}")]
    [InlineData("Everything below `/v1/pools`.", "/v1/pools")]
    [InlineData("A longer lease (`HEADRACE_LEASE`).", "HEADRACE_LEASE")]
    [InlineData("Bounds of queues (`queues:jobs`).", "queues:jobs")]
    [InlineData("Weaker modes (`--durability os`).", "--durability os")]
    public async Task An_existing_feature_is_found(string bullet, string found)
    {
        await using var scene = await ServerScene.StartAsync();

        Assert.Equal([found], new UnbuiltClaims(await ServedAsync(scene)).Existing(bullet));
    }

    [Fact]
    public async Task Every_route_that_the_contract_lists_as_not_built_is_rejected_by_name()
    {
        await using var scene = await ServerScene.StartAsync();
        var client = scene.Client();
        var routes = Route()
            .Matches(Contract)
            .Select(m => (Method: m.Groups[1].Value, Path: m.Groups[2].Value))
            .ToList();

        Assert.InRange(routes.Count, 3, int.MaxValue);
        foreach (var (method, path) in routes)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), Parameter().Replace(path, "1"));
            using var reply = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(
                reply.StatusCode == HttpStatusCode.NotFound
                    && text.Contains("not supported in this version", StringComparison.Ordinal),
                $"{method} {path}: {(int)reply.StatusCode} {text}"
            );
        }
    }

    /// <summary>
    /// The claims in the two lists are checked above. If a feature were built, a claim elsewhere could become false
    /// without being noticed, so every sentence of this kind is listed here.
    /// </summary>
    [Fact]
    public void No_other_document_says_that_something_does_not_exist_yet()
    {
        string[] known = ["docs/exchange.md: is not supported yet"];

        var claims = Repository
            .Files("docs", "*.md")
            .Where(path => !path.StartsWith("docs/decisions/", StringComparison.Ordinal))
            .SelectMany(path =>
                MissingYet()
                    .Matches(Space().Replace(Repository.Read(path), " "))
                    .Select(match => $"{path}: {match.Value}")
            )
            .Order(StringComparer.Ordinal)
            .ToList();

        Assert.Equal(known, claims);
    }

    /// <summary>Returns all routes, including those that the API description omits.</summary>
    private static async Task<IReadOnlyCollection<string>> ServedAsync(ServerScene scene)
    {
        var description = JsonElement.Parse(
            await scene.Client().GetStringAsync("/openapi.json", TestContext.Current.CancellationToken)
        );
        return
        [
            .. description
                .GetProperty("paths")
                .EnumerateObject()
                .SelectMany(path =>
                    path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}")
                ),
            "POST /v1/workers/{name}/exchange",
            "GET /healthz",
            "GET /readyz",
            "GET /openapi.json",
        ];
    }

    [GeneratedRegex(@"`(GET|POST|PUT|DELETE) (/[^`]+)`")]
    private static partial Regex Route();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(
        @"\b(?:is|are) (?:not (?:available|built|implemented|offered|supported|there|used)|no [\w ]{1,30}) yet\b"
    )]
    private static partial Regex MissingYet();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
