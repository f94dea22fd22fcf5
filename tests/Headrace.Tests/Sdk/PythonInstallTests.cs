using System.Text;
using System.Text.Json;
using Headrace.Cli.Commands.Methods.Scripts;
using Headrace.Commands;
using Headrace.Core;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Sdk;

/// <summary>Installs Python scripts from the command line, with real server and worker processes.</summary>
[Trait("Needs", "Servers")]
public sealed class PythonInstallTests
{
    [Fact]
    public async Task The_methods_of_a_script_are_installed_used_and_replaced_while_the_server_runs()
    {
        await using var server = await RunningServer.StartAsync();
        var script = Write(
            server,
            "two.py",
            """
            from headrace import method

            @method
            def one(x: int) -> int:
                return x + 1

            @method(batch=8)
            def two(x: list[int]) -> list[int]:
                return [2 * n for n in x]
            """
        );

        var installed = await server.CliAsync("methods", "install", script);

        Assert.Equal((ExitCode.Done, ""), (installed.Code, installed.Error));
        Assert.Equal(
            $"""
            Installed one@1 as {server.Home}/data/methods/two/one.method.json
            Installed two@1 as {server.Home}/data/methods/two/two.method.json

            """,
            installed.Out
        );
        Assert.Equal("42", await RunAsync(server, "one", "x=41"));
        Assert.Equal("42", await RunAsync(server, "two", "x=21"));

        Write(server, "two.py", "from headrace import method\n\n@method\ndef one(x: int) -> int:\n    return x + 2\n");
        Assert.Equal(ExitCode.Done, (await server.CliAsync("methods", "install", script)).Code);
        await Eventually.SeesAsync(
            "the new script",
            async () => await RunAsync(server, "one", "x=41") == "43" ? server : null,
            Eventually.WithProcesses
        );
        Assert.StartsWith(
            "one\t1\twarm\t",
            Assert.Single((await server.CliAsync("methods", "list", "--installed")).Out.TrimEnd().Split('\n')),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_changed_signature_is_refused_with_the_way_to_a_new_version_and_names_what_is_not_installed_R22()
    {
        await using var server = await RunningServer.StartAsync();
        const string Other = "@method\ndef other() -> int:\n    return 1\n";
        const string One = "from headrace import method\n\n@method\ndef one(x: int) -> int:\n    return x\n\n";
        var script = Write(server, "two.py", One);
        Assert.Equal(ExitCode.Done, (await server.CliAsync("methods", "install", script)).Code);
        await server.WaitForMethodAsync("one");

        Write(server, "two.py", One.Replace("x: int", "x: int, y: int = 2", StringComparison.Ordinal) + Other);
        var refused = await server.CliAsync("methods", "install", script);

        Assert.Equal(
            (
                ExitCode.Usage,
                "headrace: The server already knows one@1 with different properties: in the params schema, "
                    + "$.properties.y was added. Declare the changed function with @method(name=\"one\", version=2), "
                    + "so that jobs submitted for the old version keep their meaning.\n"
                    + "headrace: No methods were installed: one@1, other@1.\n"
            ),
            (refused.Code, refused.Error)
        );
    }

    [Theory]
    [InlineData("a.R", "declare the changed function with method(\"m\", …, version = 3)")]
    [InlineData("a.m", "write the comment % headrace: {\"version\": 3} below the first line of the function")]
    public void A_script_of_another_language_is_told_its_own_way_to_a_new_version(string file, string remedy)
    {
        Assert.True(MethodRef.TryParse("m@3", out var next));

        Assert.Equal(remedy, ScriptLanguage.Of(file)!.NextVersion(next));
    }

    [Fact]
    public async Task A_method_that_lacks_a_package_is_unavailable_with_the_reason_and_the_others_run()
    {
        await using var server = await RunningServer.StartAsync();
        const string Reason = "The package no-such-package is not installed. Run: ";

        var installed = await server.CliAsync(
            "methods",
            "install",
            Write(
                server,
                "mixed.py",
                """
                from headrace import method

                @method(requirements=["no-such-package>=2"])
                def lacks() -> int:
                    import no_such_package
                    return no_such_package.answer()

                @method
                def fine() -> str:
                    return "fine"
                """
            )
        );

        Assert.Equal(ExitCode.Done, installed.Code);
        Assert.StartsWith(
            $"headrace: lacks@1 is not available on this machine yet: {Reason}",
            installed.Error,
            StringComparison.Ordinal
        );
        Assert.Equal("fine", await RunAsync(server, "fine"));
        var lines = (await server.CliAsync("methods", "list", "--installed", "--json"))
            .Out.TrimEnd()
            .Split('\n')
            .Select(line => JsonElement.Parse(line))
            .ToDictionary(line => line.GetProperty("method").GetString()!);
        Assert.StartsWith(Reason, lines["lacks"].GetProperty("unavailable").GetString(), StringComparison.Ordinal);
        Assert.False(lines["fine"].TryGetProperty("unavailable", out _));
        await Eventually.SeesAsync(
            "the reason in the description of the method",
            async () =>
                (await server.CliAsync("methods", "show", "lacks")).Out.Contains(Reason, StringComparison.Ordinal)
                    ? server
                    : null,
            Eventually.WithProcesses
        );
    }

    [Theory]
    [InlineData(
        "import no_such_module\nfrom headrace import method\n",
        "s.py:1 imports the module no_such_module, which is not installed. Run: "
    )]
    [InlineData("from headrace import method\nx = 1 / 0\n", "ZeroDivisionError: division by zero")]
    [InlineData(
        "from headrace import method\n@method(time_limit=\"1 parsec\")\ndef m(): pass\n",
        "timeLimit must be a number followed by a unit (ms, s, m, h or d), such as \"15s\", from 1ms to 365d, not \"1 "
            + "parsec\"."
    )]
    [InlineData(
        "from headrace import method\n@method(name=\"noop\")\ndef m(): pass\n",
        "noop is a built-in method of Headrace. Choose another name."
    )]
    public async Task A_script_that_cannot_be_installed_is_refused_with_the_reason(string text, string reason)
    {
        using var home = new TemporaryFolder();
        var script = home.Write("s.py", text);

        using var install = CliProcess.Start(home.Path, [], "methods", "install", script);
        var refused = await CliProcess.EndAsync(install, "methods install");

        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(home.Path, ".local/share/headrace/methods/s")));
    }

    [Fact]
    public async Task A_folder_is_installed_with_the_modules_beside_the_script()
    {
        await using var server = await RunningServer.StartAsync();
        var folder = Path.Combine(server.Home, "pack");
        Directory.CreateDirectory(folder);
        Write(server, "pack/helpers.py", "def triple(x):\n    return 3 * x\n");
        var script = Write(
            server,
            "pack/main.py",
            """
            import helpers
            from headrace import method

            @method
            def triple(x: float) -> float:
                return helpers.triple(x)
            """
        );

        var alone = await server.CliAsync("methods", "install", script);
        var together = await server.CliAsync("methods", "install", folder);

        Assert.Equal(ExitCode.Usage, alone.Code);
        Assert.Contains(
            "or install the folder of the script if the module lies beside it",
            alone.Error,
            StringComparison.Ordinal
        );
        Assert.Equal((ExitCode.Done, ""), (together.Code, together.Error));
        Assert.Equal("4.5", await RunAsync(server, "triple", "x=1.5"));
    }

    private static string Write(RunningServer server, string name, string text) =>
        server.Write(name, Encoding.UTF8.GetBytes(text + "\n"));

    /// <summary>Runs a method once a worker offers it.</summary>
    private static async Task<string> RunAsync(RunningServer server, string method, params string[] parameters)
    {
        await Eventually.SeesAsync(
            $"the offer of {method}",
            async () => (await server.CliAsync("methods", "show", method)).Code == ExitCode.Done ? server : null,
            Eventually.WithProcesses
        );
        var run = await server.CliAsync(["run", method, .. parameters]);
        Assert.Equal((ExitCode.Done, ""), (run.Code, run.Error));
        return run.Out.TrimEnd();
    }
}
