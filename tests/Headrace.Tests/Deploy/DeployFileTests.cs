using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headrace.Tests.Architecture;
using Headrace.Tests.Server;
using Headrace.Tests.Server.Telemetry;
using Xunit;

namespace Headrace.Tests.Deploy;

/// <summary>Checks the Prometheus rules and the Grafana dashboard in the deploy folder.</summary>
public sealed partial class DeployFileTests(MetricsScene scene) : IClassFixture<MetricsScene>
{
    private const string Dashboard = "deploy/grafana/headrace.json";
    private const string Rules = "deploy/prometheus/headrace.rules.yml";

    [Fact]
    public async Task Every_metric_of_the_rules_the_dashboard_and_the_documentation_exists_and_is_documented()
    {
        await scene.RunJobsAsync("deploy", "deploy-m");
        await PutAsync("/v1/bridges/deploy", """{"address":"redis://127.0.0.1:1","from":"in","method":"deploy-m"}""");
        await PutAsync("/v1/webhooks/deploy", """{"url":"https://hooks.example/","queue":"deploy-hooks"}""");
        var existing = (await scene.ScrapeAsync())
            .Types.Keys.Where(name => name.StartsWith("headrace_", StringComparison.Ordinal))
            .ToHashSet();
        var documented = MetricsIn(
            MarkdownTable.Section(Repository.Read("docs/watching.md"), "### Metrics of the server")
        );

        Assert.InRange(existing.Count, 15, int.MaxValue);
        Assert.Equal(existing.Order(), documented.Order());
        foreach (var file in new[] { Dashboard, Rules })
        {
            var used = MetricsIn(Repository.Read(file));
            Assert.NotEmpty(used);
            Assert.True(used.IsSubsetOf(existing), $"{file} uses {string.Join(", ", used.Except(existing))}.");
        }
    }

    private async Task PutAsync(string path, string json)
    {
        using var created = await scene.SendAsync(HttpMethod.Put, path, FrontScene.Json(json));
        Assert.True(created.IsSuccessStatusCode, await FrontScene.TextAsync(created));
    }

    [Theory]
    [InlineData("check", "config", "--syntax-only", "prometheus.yml")]
    [InlineData("check", "rules", "headrace.rules.yml")]
    [InlineData("test", "rules", "headrace.rules.test.yml")]
    public async Task Promtool_accepts_the_configuration_and_the_rules(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("promtool", arguments)
            {
                WorkingDirectory = Path.Combine(Repository.Root, "deploy/prometheus"),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var (output, error) = (
            process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)
        );
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, $"{await output}{await error}");
    }

    [Fact]
    public void The_panels_of_the_dashboard_are_complete_and_do_not_overlap()
    {
        var dashboard = JsonElement.Parse(Repository.Read(Dashboard));
        var variables = dashboard
            .GetProperty("templating")
            .GetProperty("list")
            .EnumerateArray()
            .Select(variable => variable.GetProperty("name").GetString()!)
            .ToHashSet();
        var ids = new HashSet<int>();
        var cells = new HashSet<(int X, int Y)>();

        Assert.True(dashboard.GetProperty("schemaVersion").GetInt32() >= 39);
        foreach (var panel in dashboard.GetProperty("panels").EnumerateArray())
        {
            var title = panel.GetProperty("title").GetString();
            Assert.True(ids.Add(panel.GetProperty("id").GetInt32()), title);
            Assert.Contains(panel.GetProperty("type").GetString(), (string[])["timeseries", "stat"]);
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.NotEqual(
                "",
                panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()
            );
            Assert.True(Cells(panel.GetProperty("gridPos")).All(cells.Add), $"'{title}' overlaps another panel.");
            var queries = panel.GetProperty("targets").EnumerateArray().ToList();
            Assert.NotEmpty(queries);
            foreach (var query in queries)
            {
                Assert.NotEqual("", query.GetProperty("legendFormat").GetString());
                var used = Variable()
                    .Matches(query.GetProperty("expr").GetString()!)
                    .Select(match => match.Groups[1].Value);
                Assert.All(used, name => Assert.True(name == "__rate_interval" || variables.Contains(name), name));
            }
        }
        Assert.InRange(ids.Count, 10, int.MaxValue);
    }

    private static IEnumerable<(int X, int Y)> Cells(JsonElement position)
    {
        var (x, y) = (position.GetProperty("x").GetInt32(), position.GetProperty("y").GetInt32());
        var (width, height) = (position.GetProperty("w").GetInt32(), position.GetProperty("h").GetInt32());
        Assert.InRange(x + width, 1, 24);
        return from column in Enumerable.Range(x, width) from row in Enumerable.Range(y, height) select (column, row);
    }

    /// <summary>Returns the metrics that a text mentions. The names of recorded series contain a colon.</summary>
    private static HashSet<string> MetricsIn(string text) =>
        [.. Metric().Matches(text).Select(match => HistogramSeries().Replace(match.Value, ""))];

    [GeneratedRegex(@"(?<![:\w])headrace_[a-z0-9_]+(?!:)\b")]
    private static partial Regex Metric();

    [GeneratedRegex("(?<=_seconds|_batch_commands|_batch_jobs)_(bucket|sum|count)$")]
    private static partial Regex HistogramSeries();

    [GeneratedRegex(@"\$(\w+)")]
    private static partial Regex Variable();
}
