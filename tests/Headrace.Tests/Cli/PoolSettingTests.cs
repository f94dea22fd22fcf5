using Headrace.Cli.Settings;
using Headrace.Commands;
using Headrace.Server.Hosting;
using Xunit;
using static Headrace.Tests.Cli.SettingsTests;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests the definition of pools as JSON in a file, and as one line of text in an option or an environment variable.
/// </summary>
public sealed class PoolSettingTests
{
    private const string Json = """
        { "pools": [
            { "name": "a", "methods": ["sha512", "noop"], "min": 1, "max": 5, "up_after": "2s", "idle_after": "1m" },
            { "name": "b" } ],
          "scaling": { "up_after": "7s" } }
        """;

    private const string Line = "a methods=sha512,noop min=1 max=5 up_after=2s idle_after=1m; b";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_formats_give_the_same_pools_and_the_defaults_of_the_server(bool json)
    {
        var settings = json
            ? Layers(folder: Json)
            : Layers(flags: new() { ["pools"] = Line }, folder: """{ "scaling": { "up_after": "7s" } }""");

        var options = Read(settings);

        Assert.Equal(
            [
                "a: 1 to 5 workers, adds one when a job has been waiting for 2s",
                "b: 0 to 3 workers, adds one when a job has been waiting for 7s",
            ],
            options.AllPools.Select(pool => pool.ToString())
        );
        Assert.Equal(["sha512", "noop"], options.AllPools[0].Methods);
        Assert.Empty(options.AllPools[1].Methods);
        Assert.Equal(
            (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10)),
            (options.AllPools[0].Policy.IdleAfter, options.AllPools[1].Policy.IdleAfter)
        );
        Assert.Equal(
            "a methods=sha512,noop min=1 max=5 up_after=2s idle_after=1m; b min=0 max=3",
            PoolText.Write(options.Pools!)
        );
    }

    [Fact]
    public void A_pool_with_a_command_has_its_program_arguments_variables_and_folder()
    {
        var options = Read(
            Layers(
                folder: """
                { "pools": [{ "name": "own", "max": 2, "command": {
                    "program": "./score", "args": ["--gpu", "a b", ""],
                    "env": { "Model_Path": "/m" }, "cwd": "/usr" } }] }
                """
            )
        );

        var command = options.AllPools[0].Command!;
        Assert.Equal(("./score", "/usr"), (command.Program, command.Cwd));
        Assert.Equal(["--gpu", "a b", ""], command.Args);
        Assert.Equal([KeyValuePair.Create("Model_Path", "/m")], command.Env);
    }

    [Fact]
    public void A_command_on_one_line_has_its_arguments_separated_by_commas()
    {
        const string Line = "own command=./score,--gpu,1 min=0 max=2";

        var options = Read(Layers(flags: new() { ["pools"] = Line }));

        Assert.Equal(["--gpu", "1"], options.AllPools[0].Command!.Args);
        Assert.Equal(Line, PoolText.Write(options.Pools!));
    }

    [Theory]
    [InlineData("""{ "program": "" }""", "The command for pool 'a' has no program. Set command.program")]
    [InlineData("""{ "args": ["x"] }""", "The command for pool 'a' has no program.")]
    [InlineData("""{ "program": "x", "cwd": "" }""", "The working folder (command.cwd) of pool 'a' is empty.")]
    [InlineData("""{ "program": "x", "env": { "HEADRACE_KEY": "k" } }""", "sets HEADRACE_KEY. The server sets the")]
    [InlineData("""{ "program": "x", "env": { "A=B": "k" } }""", "sets the environment variable 'A=B'.")]
    [InlineData("""{ "program": "x\u0000y" }""", "contains the character U+0000")]
    public void A_faulty_command_is_rejected_with_the_remedy(string command, string expected)
    {
        var refused = Assert.Throws<UsageException>(() =>
            Read(Layers(folder: $$"""{ "pools": [{ "name": "a", "command": {{command}} }] }"""))
        );

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_a_pool_with_a_command_are_named_at_once()
    {
        var refused = Assert.Throws<UsageException>(() =>
            Read(
                Layers(
                    folder: """
                    { "pools": [{ "name": "a", "methods": ["sha512"], "max": -1,
                        "command": { "program": "", "env": { "HEADRACE_POOL": "b" } } }] }
                    """
                )
            )
        );

        foreach (
            var expected in (string[])
                [
                    "Pool 'a' has a command and a list of methods (sha512). Remove the list",
                    "has no program",
                    "sets HEADRACE_POOL",
                    "max=-1",
                ]
        )
            Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_member_of_a_command_is_rejected_with_the_nearest_name()
    {
        var refused = Assert.Throws<UsageException>(() =>
            Read(Layers(folder: """{ "pools": [{ "name": "a", "command": { "programm": "x" } }] }"""))
        );

        Assert.Contains("'pools:0:command:program'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_array_replaces_that_of_a_layer_with_lower_precedence()
    {
        var options = Read(
            Layers(
                folder: """{ "pools": [{ "name": "b" }] }""",
                user: """{ "pools": [{ "name": "a", "min": 1 }, { "name": "c" }] }"""
            )
        );

        Assert.Equal("b min=0 max=3", PoolText.Write(options.Pools!));
    }

    [Fact]
    public void The_environment_can_name_the_members_of_an_array()
    {
        var options = Read(
            Layers(environment: new() { ["HEADRACE_POOLS__0__NAME"] = "a", ["HEADRACE_POOLS__0__MAX"] = "9" })
        );

        Assert.Equal("a min=0 max=9", PoolText.Write(options.Pools!));
    }

    [Theory]
    [InlineData("", "The list of pools is empty.")]
    [InlineData("A", "'A' is not a valid pool name.")]
    [InlineData("abcdefghijklmnopqrstuvwxyz012", "Use 1 to 28 characters from")]
    [InlineData("a; a", "Pool 'a' is defined twice. Use a different name for one of them.")]
    [InlineData("a min=4", "min=4 and max=3")]
    [InlineData("a max=many", "Pool 'a' has the invalid setting 'max=many'.")]
    [InlineData("a max=1001", "min=0 and max=1001. Use values from 0 to 1000")]
    [InlineData("a colour=red", "Pool 'a' has the invalid setting 'colour=red'.")]
    [InlineData("a methods=sha512@2", "Pool 'a' lists 'sha512@2'. Use the method name without a version: sha512.")]
    [InlineData("a methods=SHA512", "Pool 'a' lists 'SHA512', which is not a valid method name.")]
    [InlineData("a methods=unheard", "Pool 'a' lists the unknown method 'unheard'.")]
    [InlineData("a up_after=soon", "Pool 'a' has the invalid setting 'up_after=soon'.")]
    [InlineData("a up_after=NaNs", "Pool 'a' has the invalid setting 'up_after=NaNs'.")]
    [InlineData("a idle_after=0s", "Use a duration greater than 0")]
    public void An_invalid_pool_is_named(string text, string message)
    {
        var refused = Assert.Throws<UsageException>(() => Read(Layers(flags: new() { ["pools"] = text })));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{ "min": 1 }]""", "'' is not a valid pool name.")]
    [InlineData("""[{ "name": "a", "min": "few" }]""", "The pools:0:min setting is 'few' (./headrace.json)")]
    [InlineData("""[{ "name": "a", "up_after": 5 }]""", "The pools:0:up_after setting is '5' (./headrace.json)")]
    [InlineData("[]", "The list of pools is empty.")]
    public void An_invalid_member_of_the_array_is_named_with_its_file(string pools, string message)
    {
        var refused = Assert.Throws<UsageException>(() => Read(Layers(folder: $$"""{ "pools": {{pools}} }""")));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_of_workers_and_pools_exclude_each_other()
    {
        var refused = Assert.Throws<UsageException>(() =>
            Read(Layers(flags: new() { ["workers"] = "2" }, folder: """{ "pools": [{ "name": "a" }] }"""))
        );

        Assert.Contains(
            "'workers' and 'pools' settings are mutually exclusive",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    private static ServerOptions Read(SettingsSource settings) =>
        UpSettings.Read(settings, ["headrace", "worker", "start"]);
}
