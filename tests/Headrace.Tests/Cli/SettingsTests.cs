using Headrace.Cli.Settings;
using Headrace.Commands;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class SettingsTests
{
    private static readonly string[] Worker = ["headrace", "worker", "start"];

    [Theory]
    [InlineData("1", "2", "3", "4", "1", "--port")]
    [InlineData(null, "2", "3", "4", "2", "HEADRACE_PORT")]
    [InlineData(null, "", "3", "4", "3", "./headrace.json")]
    [InlineData(null, null, "3", "4", "3", "./headrace.json")]
    [InlineData(null, null, null, "4", "4", "/user/config.json")]
    public void Options_override_the_environment_the_folder_and_the_user_in_this_order(
        string? flag,
        string? environment,
        string? folder,
        string? user,
        string expected,
        string origin
    )
    {
        var source = Layers(
            flags: new() { ["port"] = flag },
            environment: new() { ["HEADRACE_PORT"] = environment },
            folder: folder is null ? "{}" : $$"""{ "port": {{folder}} }""",
            user: user is null ? "{}" : $$"""{ "port": {{user}} }"""
        );

        Assert.Equal((expected, origin), (source["port"]!.Text, source["port"]!.Origin));
    }

    [Fact]
    public void Nested_setting_has_two_underscores_in_its_environment_variable()
    {
        var source = Layers(environment: new() { ["HEADRACE_QUEUES__JOBS"] = "10", ["OTHER_QUEUES__JOBS"] = "11" });

        Assert.Equal(10, UpSettings.Read(source, Worker).QueueJobs);
        Assert.Equal("HEADRACE_QUEUES__JOBS", source["queues:jobs"]!.Origin);
    }

    [Fact]
    public void Without_settings_the_defaults_of_the_server_apply()
    {
        var options = UpSettings.Read(Layers(), Worker);

        Assert.Equal(
            (8080, StoreKind.Sqlite, StoreDurability.Fsync, Environment.ProcessorCount),
            (options.Port, options.Store, options.Durability, options.Workers)
        );
        Assert.Equal(Worker, options.WorkerCommand);
        Assert.Null(options.Pools);
        Assert.Equal(DemoSystems.None, options.Demo);
    }

    [Theory]
    [InlineData("seed003", "seed003")]
    [InlineData("seed003,seed004", "seed004")]
    public void Only_the_pool_of_the_pipeline_simulates_in_its_demo(string demo, string rest)
    {
        var pools = UpSettings.Read(Layers(flags: new() { ["demo"] = demo }), Worker).Pools!;

        Assert.Equal(["pipeline", rest], pools.Select(pool => pool.Name));
        Assert.Equal(["pipeline.simulate"], pools[0].Methods);
        Assert.Equal((2, 2), (pools[0].Min, pools[0].Max));
        Assert.DoesNotContain("pipeline.simulate", pools[1].Methods);
        Assert.Contains("pipeline.evaluate", pools[1].Methods);
        Assert.Contains("benchop.cos", pools[1].Methods);
    }

    [Fact]
    public void The_demo_sets_its_pool_and_its_order_unless_others_are_given()
    {
        var preset = UpSettings.Read(Layers(flags: new() { ["demo"] = "seed001" }), Worker);
        var fixedNumber = UpSettings.Read(Layers(flags: new() { ["demo"] = "seed001", ["workers"] = "2" }), Worker);
        var unordered = UpSettings.Read(
            Layers(flags: new() { ["demo"] = "seed001" }, folder: """{ "queues": { "small_first": "" } }"""),
            Worker
        );

        var both = UpSettings.Read(Layers(flags: new() { ["demo"] = "seed004,seed001" }), Worker);
        var pricing = UpSettings.Read(Layers(flags: new() { ["demo"] = "seed004" }), Worker);

        Assert.Equal("seed001 methods=sha512 min=0 max=3", PoolText.Write(preset.Pools!));
        Assert.Equal(DemoSystems.Seed001 | DemoSystems.Seed004, both.Demo);
        Assert.Equal(["seed001", "seed004"], both.Pools!.Select(pool => pool.Name));
        Assert.Equal((DemoSystems.Seed004, Environment.ProcessorCount), (pricing.Demo, pricing.Workers));
        Assert.Null(pricing.Pools);
        Assert.Empty(pricing.SmallFirst);
        Assert.Equal([("seed001", "iterations")], preset.SmallFirst.Select(pair => (pair.Key, pair.Value)));
        Assert.Null(fixedNumber.Pools);
        Assert.Empty(unordered.SmallFirst);
    }

    [Theory]
    [InlineData("port", "http", "The port setting is 'http' (--port), which is not a whole number")]
    [InlineData("port", "70000", "70000")]
    [InlineData("workers", "99999999999", "The workers setting is '99999999999' (--workers)")]
    [InlineData(
        "store",
        "redis",
        "The store setting is 'redis' (--store), which is not valid. Valid values: sqlite, memory."
    )]
    [InlineData("demo", "seed9", "which is not valid. Valid values: seed001, seed003, seed004. Separate multiple")]
    [InlineData("durability", "1", "which is not valid. Valid values: fsync, os.")]
    [InlineData("lease", "soon", "which is not a number followed by a unit")]
    [InlineData("lease", "NaNs", "which is not a number followed by a unit")]
    [InlineData("queues:small_first", "eu", "Use QUEUE=PARAMETER")]
    [InlineData("host_names", "a.example,b.example:80", "The host name 'b.example:80' is not valid. Use a DNS name")]
    [InlineData("host_names", "https://a.example", "The host name 'https://a.example' is not valid.")]
    [InlineData("webhooks:networks", "10.0.0.0/8,eu", "The network 'eu' for webhooks is not valid. Use addresses or")]
    public void Invalid_value_is_rejected_with_its_origin_and_the_valid_ones(string name, string value, string message)
    {
        var refused = Assert.Throws<UsageException>(() =>
            UpSettings.Read(Layers(flags: new() { [name] = value }), ["w"])
        );

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "host_names": ["a.example", "10.0.0.7"] }""", null)]
    [InlineData("""{ "host_names": "a.example, 10.0.0.7" }""", null)]
    [InlineData("{}", "a.example,10.0.0.7")]
    public void Host_names_are_an_array_or_a_list_with_commas(string folder, string? variable)
    {
        var source = Layers(environment: new() { ["HEADRACE_HOST_NAMES"] = variable }, folder: folder);

        Assert.Equal(["a.example", "10.0.0.7"], UpSettings.Read(source, Worker).HostNames);
    }

    [Theory]
    [InlineData("""{ "webhooks": { "networks": ["10.0.0.0/8", "::1"] } }""", null)]
    [InlineData("""{ "webhooks": { "networks": "10.0.0.0/8, ::1" } }""", null)]
    [InlineData("{}", "10.0.0.0/8,::1")]
    public void Networks_of_webhooks_are_an_array_or_a_list_with_commas(string folder, string? variable)
    {
        var source = Layers(environment: new() { ["HEADRACE_WEBHOOKS__NETWORKS"] = variable }, folder: folder);

        Assert.Equal(["10.0.0.0/8", "::1"], UpSettings.Read(source, Worker).Webhooks.Networks);
    }

    [Fact]
    public void File_may_contain_comments_and_trailing_commas_and_null_means_unset()
    {
        var source = Layers(
            folder: """{ /* ours */ "port": 9, "queues": { "jobs": 5, }, "store": null }""",
            user: """{ "store": "memory" }"""
        );

        Assert.Equal(("9", "5", "memory"), (source.Text("port"), source.Text("queues:jobs"), source.Text("store")));
    }

    [Theory]
    [InlineData("""{ "prot": 9 }""", "contains the unknown setting 'prot'. Did you mean 'port'?")]
    [InlineData("""{ "queues": { "size": 5 } }""", "'queues:size'")]
    [InlineData("""{ "scaling": { "upafter": "1s" } }""", "Did you mean 'scaling:up_after'?")]
    [InlineData(
        """{ "pools": [{}, { "name": "a", "mni": 1 }] }""",
        "the unknown setting 'pools:1:mni'. Did you mean 'pools:1:min'?"
    )]
    [InlineData("""{ "pools": { "a": { "min": 1 } } }""", "'pools:a:min'")]
    [InlineData("""{ "port": [1] }""", "the unknown setting 'port:0'. Did you mean 'port'?")]
    [InlineData("""{ "server": "http://evil" }""", "contains the unknown setting 'server'")]
    [InlineData("""{ "port": 1, "port": 2 }""", "cannot be read")]
    [InlineData("[]", "cannot be read")]
    [InlineData("{", "cannot be read")]
    public void Invalid_file_is_rejected_by_name(string json, string message)
    {
        var refused = Assert.Throws<UsageException>(() => SettingsFile.Parse(json, "f.json"));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Contains("f.json", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_server_of_commands_is_a_setting_of_the_user_only() =>
        Assert.Equal(
            "http://mine",
            SettingsFile.Parse("""{ "server": "http://mine" }""", "f", UserConfiguration.Server).Find("server")!.Text
        );

    [Theory]
    [InlineData("HEADRACE_PROT", "HEADRACE_PORT")]
    [InlineData("HEADRACE_QUEUES_JOBS", "HEADRACE_QUEUES__JOBS")]
    public void A_misspelt_variable_is_refused(string variable, string meant)
    {
        var layer = SettingsLayer.OfEnvironment([KeyValuePair.Create<string, string?>(variable, "1")]);

        var refused = Assert.Throws<UsageException>(() => SettingNames.RejectMisspelt(layer));

        Assert.Equal($"{variable} is not a known setting. Did you mean {meant}?", refused.Message);
    }

    [Theory]
    [InlineData("HEADRACE_POOL")]
    [InlineData("HEADRACE_SERVER")]
    [InlineData("HEADRACE_KEY")]
    [InlineData("HEADRACE_SERVICE_HOST")]
    [InlineData("HEADRACE_PORT_8080_TCP")]
    public void Variables_of_other_parts_and_of_container_platforms_are_ignored(string variable) =>
        SettingNames.RejectMisspelt(SettingsLayer.OfEnvironment([KeyValuePair.Create<string, string?>(variable, "1")]));

    [Fact]
    public void Every_setting_is_known_and_shown_with_its_effective_value()
    {
        var options = UpSettings.Read(
            Layers(folder: """{ "lease": "45s", "queues": { "small_first": { "eu": "rows" } } }"""),
            Worker
        );

        Assert.All(UpSettings.Names, name => Assert.True(SettingNames.IsKnown(name), name));
        var written = UpSettings.All.ToDictionary(setting => setting.Name, setting => setting.Write(options));
        Assert.Equal(("45s", "eu=rows", "sqlite"), (written["lease"], written["queues:small_first"], written["store"]));
        Assert.Null(written["pools"]);
    }

    internal static SettingsSource Layers(
        Dictionary<string, string?>? flags = null,
        Dictionary<string, string?>? environment = null,
        string folder = "{}",
        string user = "{}"
    ) =>
        new([
            SettingsLayer.OfFlags(flags ?? []),
            SettingsLayer.OfEnvironment(environment ?? []),
            SettingsFile.Parse(folder, UserConfiguration.FolderFile),
            SettingsFile.Parse(user, "/user/config.json", UserConfiguration.Server),
        ]);
}
