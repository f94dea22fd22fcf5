using System.Text.Json;
using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class ConfigShowTests
{
    [Fact]
    public async Task Each_setting_is_shown_with_its_value_and_where_it_comes_from()
    {
        using var home = new TemporaryFolder();
        await WriteAsync(home, "headrace.json", """{ "pools": [{ "name": "a", "methods": ["sha512"], "max": 2 }] }""");
        await WriteAsync(home, ".config/headrace/config.json", """{ "server": "http://far:1", "port": 9 }""");

        var run = await ShowAsync(home, [("HEADRACE_PORT", "8"), ("HEADRACE_KEY", "top-secret")], "--origin");

        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        Assert.Contains("port\t8\tHEADRACE_PORT", run.Lines);
        Assert.Contains("pools\ta methods=sha512 min=0 max=2\t./headrace.json", run.Lines);
        Assert.Contains($"server\thttp://far:1\t{home.Path}/.config/headrace/config.json", run.Lines);
        Assert.Contains("lease\t30s\tdefault", run.Lines);
        Assert.Contains("demo\t-\tdefault", run.Lines);
        Assert.Contains("key\t(set, not shown)\tHEADRACE_KEY", run.Lines);
        Assert.DoesNotContain("top-secret", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_each_line_is_a_document_with_the_origin()
    {
        using var home = new TemporaryFolder();

        var run = await ShowAsync(home, [("HEADRACE_SERVER", "unix:/a.sock")], "--json");

        Assert.Equal(ExitCode.Done, run.Code);
        var lines = run.Lines.Select(line => JsonElement.Parse(line)).ToDictionary(line => Text(line, "name")!);
        Assert.Equal(
            ("unix:/a.sock", "HEADRACE_SERVER"),
            (Text(lines["server"], "value"), Text(lines["server"], "origin"))
        );
        Assert.Equal(("8080", "default"), (Text(lines["port"], "value"), Text(lines["port"], "origin")));
        Assert.Equal((null, "default"), (Text(lines["key"], "value"), Text(lines["key"], "origin")));
    }

    [Theory]
    [InlineData("""{ "prot": 9 }""", "The settings file ./headrace.json contains the unknown setting 'prot'")]
    [InlineData("""{ "port": "http" }""", "The port setting is 'http' (./headrace.json)")]
    public async Task Settings_that_up_rejects_are_a_usage_error(string json, string message)
    {
        using var home = new TemporaryFolder();
        await WriteAsync(home, "headrace.json", json);

        var run = await ShowAsync(home, []);

        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Out));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static async Task<CliProcess> ShowAsync(
        TemporaryFolder home,
        IEnumerable<(string Name, string Value)> environment,
        params string[] flags
    )
    {
        using var process = CliProcess.Start(home.Path, environment, ["config", "show", .. flags]);
        return await CliProcess.EndAsync(process, "config show");
    }

    private static async Task WriteAsync(TemporaryFolder home, string file, string json)
    {
        var path = Path.Combine(home.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, json, TestContext.Current.CancellationToken);
    }

    private static string? Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) ? value.GetString() : null;
}
