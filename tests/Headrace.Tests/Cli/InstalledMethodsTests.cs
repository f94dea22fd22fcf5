using System.Globalization;
using System.Text.Json;
using Headrace.Commands;
using Headrace.Protocol.Local;
using Headrace.Tests.Server;
using Headrace.Worker.Processes;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Installs, uses and removes methods from the command line, with real server and worker processes.</summary>
[Trait("Needs", "Servers")]
public sealed class InstalledMethodsTests
{
    [Fact]
    public async Task A_method_is_installed_used_replaced_and_removed_while_the_server_runs()
    {
        await using var server = await RunningServer.StartAsync();
        var file = Write(server, "greet", "echo \"hello $1\"", """ "{params.name}" """);

        var installed = await server.CliAsync("methods", "install", file, "--json");
        Assert.Equal((ExitCode.Done, ""), (installed.Code, installed.Error));
        var line = JsonElement.Parse(installed.Out);
        Assert.Equal("greet", line.GetProperty("method").GetString());
        Assert.StartsWith(
            Path.Combine(server.Home, "data", "methods"),
            line.GetProperty("file").GetString(),
            StringComparison.Ordinal
        );
        await OfferedAsync(server, "greet");
        Assert.Equal("hello you\n", (await server.CliAsync("run", "greet", "name=you")).Out);

        Write(server, "greet", "echo \"good day $1\"", """ "{params.name}" """);
        await server.CliAsync("methods", "install", file);
        await Eventually.SeesAsync(
            "the new manifest",
            async () => (await server.CliAsync("run", "greet", "name=you")).Out == "good day you\n" ? server : null,
            Eventually.WithProcesses
        );

        var listed = await server.CliAsync("methods", "list", "--installed");
        Assert.StartsWith("greet\t1\tcommand\t", listed.Out, StringComparison.Ordinal);
        var removed = await server.CliAsync("methods", "remove", "greet");
        Assert.Equal(ExitCode.Done, removed.Code);
        Assert.Equal(ExitCode.NotFound, (await server.CliAsync("methods", "remove", "greet")).Code);
        await Eventually.SeesAsync(
            "the end of the offers",
            async () =>
                JsonElement
                    .Parse((await server.CliAsync("methods", "show", "greet", "--json")).Out)
                    .GetProperty("workers")
                    .GetInt32() == 0
                    ? server
                    : null,
            Eventually.WithProcesses
        );
    }

    [Fact]
    public async Task Install_refuses_what_check_refuses_and_what_the_server_knows_differently()
    {
        await using var server = await RunningServer.StartAsync();
        var bad = server.Write("bad.method.json", """{"name":"bad","argv":["true"],"memori":"1GB"}"""u8.ToArray());
        const string Fault = "1:31: 'memori' is not a member of a manifest. Did you mean 'memory'?";

        var @checked = await server.CliAsync("methods", "check", bad);
        var refused = await server.CliAsync("methods", "install", bad);
        Assert.Equal((ExitCode.Usage, $"{bad}:{Fault}\n"), (@checked.Code, @checked.Out));
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains(Fault, refused.Error, StringComparison.Ordinal);

        var included = Write(server, "noop", "true");
        Assert.Contains(
            "noop is a built-in method of Headrace. Choose another name.",
            (await server.CliAsync("methods", "install", included)).Error,
            StringComparison.Ordinal
        );

        var file = Write(server, "m", "true", """ "{params.a}" """);
        await server.CliAsync("methods", "install", file);
        await OfferedAsync(server, "m");
        Write(server, "m", "true", """ "{params.b}" """);
        var other = await server.CliAsync("methods", "install", file);
        Assert.Equal(ExitCode.Usage, other.Code);
        Assert.Contains(
            "The server already knows m@1 with different properties: in the params schema, $.properties.a was removed. "
                + "Set \"version\" to 2 in m.method.json, so that jobs submitted for the old version keep their "
                + "meaning.\n",
            other.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_unchanged_MPI_method_and_a_new_program_of_it_can_be_installed_again_while_workers_offer_it()
    {
        await using var server = await RunningServer.StartAsync([("HEADRACE_POOLS", MpiPool)]);
        Program(server, "echo one");
        foreach (var (name, ranks) in new[] { ("fixed", "2"), ("range", "\"1..8\"") })
            server.Write($"mpi/{name}.method.json", Mpi(name, ranks));
        var folder = Path.Combine(server.Home, "mpi");
        Assert.Equal(ExitCode.Done, (await server.CliAsync("methods", "install", folder)).Code);
        await OfferedAsync(server, "fixed");
        await OfferedAsync(server, "range");

        Program(server, "echo two");
        var again = await server.CliAsync("methods", "install", folder);
        Assert.Equal((ExitCode.Done, ""), (again.Code, again.Error));
        Assert.Equal("two\n", (await server.CliAsync("run", "fixed")).Out);

        server.Write("mpi/fixed.method.json", Mpi("fixed", "1"));
        Assert.Contains(
            "The server already knows fixed@1 with different properties: ranks is 1 instead of 2.",
            (await server.CliAsync("methods", "install", folder)).Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_method_that_no_worker_can_run_is_listed_with_the_reason()
    {
        await using var server = await RunningServer.StartAsync([("HEADRACE_POOLS", MpiPool)]);
        Program(server, "echo one");
        foreach (var (name, ranks) in new[] { ("fits", "2"), ("many", "5"), ("range", "\"3..5\"") })
            server.Write($"mpi/{name}.method.json", Mpi(name, ranks));
        await server.CliAsync("methods", "install", Path.Combine(server.Home, "mpi"));
        foreach (var name in new[] { "fits", "many", "range" })
            await OfferedAsync(server, name);

        var listed = (await server.CliAsync("methods", "list", "--installed")).Lines;
        Assert.Equal(
            [
                "",
                "Each job takes 5 slots, but no connected worker has more than 2. Start a worker with --slots 5 or "
                    + "more.",
                "The method needs at least 3 ranks, but the worker has 2 slots. Start the worker with --slots 3 or "
                    + "more.",
            ],
            listed.Select(line => line.Split('\t')[4])
        );

        var program = Path.Combine(server.Home, "data", "methods", "mpi", "run");
        File.Delete(program);
        listed = (await server.CliAsync("methods", "list", "--installed")).Lines;
        Assert.Equal(["fits", "many", "range"], listed.Select(line => line.Split('\t')[0]));
        Assert.All(listed, line => Assert.EndsWith($"\tThe program {program} does not exist.", line));
    }

    [Fact]
    public async Task A_named_server_that_cannot_be_reached_is_reported_with_the_folder_and_how_to_name_another()
    {
        const string Gone = "unix:/nowhere.sock";
        using var home = new TemporaryFolder();
        var manifest = home.Write("m.method.json", """{"name":"m","argv":["true"]}""");
        var data = Path.Combine(home.Path, "data");
        (string, string)[] named = [("HEADRACE_SERVER", Gone)];

        var installed = await RunAsync(named, "install", manifest);
        Assert.Equal(ExitCode.Done, installed.Code);
        var folder = Path.GetDirectoryName(installed.Out.TrimEnd().Split(' ')[^1])!;
        AssertWarns(installed, "HEADRACE_SERVER");
        Assert.Contains("was not checked: ", installed.Error, StringComparison.Ordinal);
        AssertWarns(await RunAsync(named, "list", "--installed"), "HEADRACE_SERVER");
        AssertWarns(await RunAsync([], "remove", "m", "--server", Gone), "--server");

        // Neither a folder that is named nor an installation without any server needs a warning about the folder.
        var elsewhere = await RunAsync(named, "install", manifest, "--data", data);
        Assert.Equal($"Installed m@1 as {data}/methods/m.method.json\n", elsewhere.Out);
        Assert.DoesNotContain("--data", elsewhere.Error, StringComparison.Ordinal);
        var listed = await RunAsync([], "list", "--installed", "--data", data);
        Assert.StartsWith("m\t1\t", listed.Out, StringComparison.Ordinal);
        var removed = await RunAsync([], "remove", "m", "--data", data);
        Assert.Equal($"Removed {data}/methods/m.method.json\n", removed.Out);
        var offline = await RunAsync([], "install", manifest);
        Assert.Equal((ExitCode.Done, ""), (offline.Code, offline.Error));

        void AssertWarns(CliProcess command, string origin)
        {
            Assert.Matches(
                $"headrace: The server at {Gone} cannot be reached: .* "
                    + $"\\({origin}\\). Its methods folder is therefore unknown, and {folder} is used. "
                    + "If the server has another data folder, specify it with --data.",
                command.Error
            );
        }

        async Task<CliProcess> RunAsync((string, string)[] environment, params string[] arguments)
        {
            using var process = CliProcess.Start(home.Path, environment, ["methods", .. arguments]);
            return await CliProcess.EndAsync(process, string.Join(' ', arguments));
        }
    }

    [Fact]
    public async Task Each_fault_of_a_folder_is_a_line()
    {
        using var home = new TemporaryFolder();
        var a = home.Write("a.method.json", """{"name":"a","argv":["true"],"memori":"1GB","slotz":1}""");
        var b = home.Write("b.method.json", """{"name":"b"}""");

        var refused = await CliProcess.RunAsync("methods", "install", home.Path);

        Assert.Equal(ExitCode.Usage, refused.Code);
        var lines = refused.Error.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith($"headrace: {a}:1:29: 'memori' is not", lines[0]);
        Assert.StartsWith($"headrace: {a}:1:44: 'slotz' is not", lines[1]);
        Assert.StartsWith($"headrace: {b}:1:1: The member 'argv' is missing.", lines[2]);
    }

    [Theory]
    [InlineData("check", "score.py", " is not a manifest (NAME.method.json). Scripts and models are checked when ")]
    [InlineData("check", "score.onnx", " is not a manifest (NAME.method.json). Scripts and models are checked when ")]
    [InlineData("check", ".", " is a folder. Specify its manifest: NAME.method.json.")]
    [InlineData(
        "install",
        "score.pkl",
        " cannot be installed. Install a script (.py, .R, .m), a model (.onnx), a manifest (NAME.method.json), or a "
            + "folder with one of them."
    )]
    public async Task A_source_of_another_kind_is_refused_with_the_kinds_that_the_command_takes(
        string command,
        string name,
        string message
    )
    {
        using var folder = new TemporaryFolder();
        var source = Path.Combine(folder.Path, name);
        if (name != ".")
            await File.WriteAllTextAsync(source, "no JSON", TestContext.Current.CancellationToken);

        var refused = await CliProcess.RunAsync("methods", command, source);

        Assert.Equal((ExitCode.Usage, ""), (refused.Code, refused.Out));
        Assert.StartsWith($"headrace: {source}{message}", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--max-batch", "999", "headrace: --max-batch 999 is not valid: specify 1 to 256.\n")]
    [InlineData("--max-wait", "2s", "headrace: --max-wait 2s is not valid: specify at most 1s.\n")]
    public async Task An_option_of_a_model_out_of_range_is_named_as_it_was_given(
        string option,
        string value,
        string message
    )
    {
        using var folder = new TemporaryFolder();
        var model = Path.Combine(folder.Path, "score.onnx");
        await File.WriteAllTextAsync(model, "", TestContext.Current.CancellationToken);

        var refused = await CliProcess.RunAsync("methods", "install", model, option, value);

        Assert.Equal((ExitCode.Usage, message), (refused.Code, refused.Error));
    }

    [Fact]
    public async Task No_program_survives_a_worker_that_is_killed()
    {
        await using var server = await RunningServer.StartAsync();
        var begun = Path.Combine(server.Home, "begun");
        var file = Write(server, "endless", $"setsid sleep 1000 & echo $PWD $! > {begun}; exec sleep 1000");
        await server.CliAsync("methods", "install", file);
        await OfferedAsync(server, "endless");

        await server.CliAsync("submit", "endless");
        var words = await Eventually.SeesAsync(
            "the start of the program",
            () =>
                File.Exists(begun) && File.ReadAllText(begun) is { Length: > 0 } text && text[^1] == '\n' ? text : null,
            Eventually.WithProcesses
        );
        var (scratch, left) = words.TrimEnd().Split(' ') is [var folder, var process]
            ? (folder, int.Parse(process, CultureInfo.InvariantCulture))
            : throw new FormatException(words);
        Assert.True(
            ExecutionMark.TryParse(OsProcess.Environment(left, ExecutionMark.Variable), out var mark),
            "The program must have an execution mark in its environment."
        );

        OsProcess.Kill(mark.Owner);

        await Eventually.HoldsAsync(
            "the end of every process of the killed worker",
            () => !Marked().Any(found => found.OwnerText == mark.OwnerText),
            Eventually.WithProcesses
        );
        await Eventually.HoldsAsync("the end of the scratch folder", () => !Directory.Exists(scratch));
    }

    [Fact]
    public async Task The_schema_of_manifests_is_printed()
    {
        var printed = await CliProcess.RunAsync("methods", "schema");

        Assert.Equal("Headrace method", JsonElement.Parse(printed.Out).GetProperty("title").GetString());
    }

    /// <summary>Writes a manifest whose program is a shell script.</summary>
    private static string Write(RunningServer server, string name, string script, string arguments = "") =>
        server.Write(
            $"{name}.method.json",
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    name,
                    argv = new[] { "/bin/sh", "-c", script, "sh" }.Concat(
                        arguments.Split('"', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    ),
                }
            )
        );

    private static string MpiPool => $"mpi command={CliProcess.Executable},worker,start,--slots,2 min=1 max=1";

    private static byte[] Mpi(string name, string ranks) =>
        System.Text.Encoding.UTF8.GetBytes(
            $$"""{"name":"{{name}}","argv":["./run"],"mpi":{"implementation":"openmpi","ranks":{{ranks}} } }"""
        );

    /// <summary>Writes the program of the MPI methods, which is not linked to MPI; rank 0 runs the script.</summary>
    private static void Program(RunningServer server, string script)
    {
        Directory.CreateDirectory(Path.Combine(server.Home, "mpi"));
        File.SetUnixFileMode(
            server.Write("mpi/run", System.Text.Encoding.UTF8.GetBytes($"#!/bin/sh\n{script}\n")),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
    }

    private static Task<RunningServer> OfferedAsync(RunningServer server, string method) =>
        Eventually.SeesAsync(
            $"an offer of {method}",
            async () => (await server.CliAsync("methods", "show", method)).Code == ExitCode.Done ? server : null,
            Eventually.WithProcesses
        );

    private static IEnumerable<ExecutionMark> Marked()
    {
        foreach (var process in ProcFs.Processes())
            if (ExecutionMark.TryParse(ProcFs.Environment(process)[ExecutionMark.Variable], out var mark))
                yield return mark;
    }
}
