using System.Net;
using Headrace.Server.Hosting;
using Headrace.Storage.Sqlite;
using Xunit;

namespace Headrace.Tests.Server.Intake;

/// <summary>
/// Tests a server whose store contains a schema that cannot be evaluated. Workers cannot offer such a schema, but an
/// earlier version of the server may have stored it.
/// </summary>
public sealed class StoredSchemasTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"not":{"$ref":"#"}}""", "refers to itself")]
    [InlineData("""{"multipleOf":0}""", "#/multipleOf")]
    [InlineData("""{"properties":{"a":{"pattern":"("}}}""", "regular expression")]
    [InlineData("{ no schema", "not valid JSON")]
    [InlineData("""{"title":"\ud800"}""", "lone surrogate")]
    [InlineData("""{"properties":{"\ud800":{}}}""", "lone surrogate")]
    public async Task A_schema_that_cannot_be_evaluated_is_logged_once_and_rejects_only_the_jobs_of_its_method(
        string schema,
        string fault
    )
    {
        using var folder = new ThrowAwayFolder();
        await using (var first = await StartAsync(folder))
        {
            await new FrontWorker(first.Worker("w1"), "bad", 1, """{"type":"object"}""").ExchangeAsync(0);
            await new FrontWorker(first.Worker("w2"), "good", 1, """{"type":"object"}""").ExchangeAsync(0);
        }
        using (var database = Database.Open(folder["headrace.db"], writable: true, TimeSpan.FromSeconds(5)))
            database.Execute(
                $"UPDATE method SET schema = x'{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(schema))}' "
                    + "WHERE name = 'bad'"
            );
        var log = new LinesOfLog();

        await using var second = await StartAsync(folder, log);
        var line = await Eventually.SeesAsync(
            "the schema in the log",
            () => log.Lines.FirstOrDefault(line => line.Contains("stored schema", StringComparison.Ordinal))
        );

        Assert.StartsWith("Warning: The stored schema of bad", line, StringComparison.Ordinal);
        Assert.Contains(fault, line, StringComparison.Ordinal);
        using var http = second.Client();
        for (var i = 0; i < 3; i++)
        {
            using var rejected = await SubmitAsync(http, "bad");
            var text = await FrontScene.TextAsync(rejected);
            Assert.True(rejected.StatusCode == HttpStatusCode.UnprocessableEntity, text);
            Assert.Contains("cannot be validated", text, StringComparison.Ordinal);
            using var raw = await http.PostAsync("/v1/jobs?method=bad&a=1", FrontScene.Bytes([1]), Stop);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, raw.StatusCode);
            using var accepted = await SubmitAsync(http, "good");
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        }
        foreach (var path in (string[])["/v1/methods", "/v1/methods/bad"])
        {
            using var listed = await http.GetAsync(path, Stop);
            Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
        }
        // A worker that offers the version is rejected, because the schema of a version never changes.
        var refused = await new FrontWorker(second.Worker("w4"), "bad", 1, """{"type":"object"}""").ExchangeAsync(0);
        Assert.Contains("differs from the stored one", refused.Terminate, StringComparison.Ordinal);
        // A worker offers the method again as a new version.
        await new FrontWorker(second.Worker("w3"), "bad", 2, """{"type":"object"}""").ExchangeAsync(0);
        using var repaired = await SubmitAsync(http, "bad@2");
        Assert.Equal(HttpStatusCode.Accepted, repaired.StatusCode);
        Assert.Single(log.Lines, one => one.Contains("stored schema", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, one => one.StartsWith("Error:", StringComparison.Ordinal));
    }

    private static Task<HttpResponseMessage> SubmitAsync(HttpClient http, string method) =>
        http.PostAsync("/v1/jobs", FrontScene.Json($$$"""{"method":"{{{method}}}","params":{"a":"x"}}"""), Stop);

    private static Task<ServerScene> StartAsync(ThrowAwayFolder folder, LinesOfLog? log = null) =>
        ServerScene.StartAsync(
            options => options with { Data = folder.Path, Store = StoreKind.Sqlite },
            parts => log is null ? parts : parts with { Logging = log.To }
        );
}
