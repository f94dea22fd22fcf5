using Headrace.Cli.Settings;
using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("1", "2", "3", "4", "1", "--port")]
    [InlineData(null, "2", "3", "4", "2", "HEADRACE_PORT")]
    [InlineData(null, "", "3", "4", "3", "./headrace.json")]
    [InlineData(null, null, "3", "4", "3", "./headrace.json")]
    [InlineData(null, null, null, "4", "4", null)]
    public void Flag_wins_over_environment_over_folder_over_user(
        string? flag,
        string? environment,
        string? folder,
        string? user,
        string expected,
        string? origin
    )
    {
        var source = Source("port", flag, "HEADRACE_PORT", environment, folder, user);

        Assert.Equal(expected, source["port"]!.Text);
        Assert.Equal(origin ?? UserConfiguration.Path, source["port"]!.Origin);
    }

    [Fact]
    public void Nested_setting_has_two_underscores_in_the_environment()
    {
        var source = Source("queues:jobs", null, "HEADRACE_QUEUES__JOBS", "10", null, null);

        Assert.Equal(10, UpSettings.Read(source, ["headrace", "worker"]).QueueJobs);
    }

    [Fact]
    public void Without_settings_the_servers_defaults_stand()
    {
        var options = UpSettings.Read(Source("x", null, "X", null, null, null), ["headrace", "worker"]);

        Assert.Equal(
            (8080, "sqlite", "fsync", Environment.ProcessorCount),
            (options.Port, options.Store, options.Durability, options.Workers)
        );
        Assert.Equal(["headrace", "worker"], options.WorkerCommand);
    }

    [Theory]
    [InlineData("port", "http", "The setting port is 'http' (--port)")]
    [InlineData("port", "70000", "70000")]
    [InlineData("workers", "99999999999", "The setting workers is '99999999999' (--workers)")]
    [InlineData("store", "redis", "There are: sqlite, memory.")]
    [InlineData("demo", "seed9", "There are: seed001.")]
    [InlineData("durability", "maybe", "There are: fsync, os.")]
    public void Unusable_value_is_refused_with_value_and_origin_or_choice(string name, string value, string words)
    {
        var refused = Assert.Throws<UsageException>(() =>
            UpSettings.Read(Source(name, value, "", null, null, null), ["w"])
        );

        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_is_read_flat_with_comments()
    {
        var read = SettingsFile.Parse(
            """{ /* ours */ "port": 9, "queues": { "jobs": 5, }, "demo": null }""",
            "f",
            UpSettings.Names
        );

        Assert.Equal([("port", "9"), ("queues:jobs", "5")], read.Select(s => (s.Key, s.Value)));
    }

    [Theory]
    [InlineData("""{ "prot": 9 }""", "names prot; there are: data, port,")]
    [InlineData("""{ "queues": { "size": 5 } }""", "names queues:size;")]
    [InlineData("""{ "server": "http://evil" }""", "names server;")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("{", "is not JSON")]
    public void Unusable_file_is_refused_by_name(string json, string words)
    {
        var refused = Assert.Throws<UsageException>(() => SettingsFile.Parse(json, "f.json", UpSettings.Names));

        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Contains("f.json", refused.Message, StringComparison.Ordinal);
    }

    private static SettingsSource Source(
        string name,
        string? flag,
        string variable,
        string? environment,
        string? folder,
        string? user
    ) =>
        new(
            new Dictionary<string, string?> { [name] = flag },
            asked => asked == variable ? environment : null,
            Only(name, folder),
            Only(name, user)
        );

    private static Dictionary<string, string> Only(string name, string? value) =>
        value is null ? [] : new Dictionary<string, string> { [name] = value };
}
