using System.Diagnostics;
using Headrace.Commands;
using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests the command line and the server with unusual arguments, and with a folder or standard output that is missing
/// or not writable.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class PlacesTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("/nonexistent", "does not exist")]
    [InlineData("relative", "not an absolute path")]
    public async Task Without_a_home_folder_a_server_names_the_option_instead_of_using_the_current_folder(
        string home,
        string reason
    )
    {
        var run = await CliProcess.RunAsync([("HOME", home)], "up", "--port", "0", "--workers", "0");

        Assert.Equal(2, run.Code);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Contains("--data", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_relative_variable_of_the_XDG_specification_is_ignored()
    {
        var run = await CliProcess.RunAsync(
            [("HOME", _root.Path), ("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config")],
            "config",
            "show",
            "--json"
        );

        Assert.Equal(0, run.Code);
        Assert.Contains($"{_root.Path}/.local/share/headrace", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_data_folder_is_rejected_with_the_name_of_the_setting()
    {
        var run = await CliProcess.RunAsync("up", "--data", "");

        Assert.Equal(
            (2, "headrace: --data is empty. Specify a value; if it is a shell variable, check that it is set.\n"),
            (run.Code, run.Error)
        );
    }

    [Theory]
    [InlineData("HOME=/nonexistent")]
    [InlineData("HOME=/proc")]
    [InlineData("XDG_STATE_HOME=/proc/state XDG_RUNTIME_DIR=/proc/run")]
    [InlineData("XDG_RUNTIME_DIR=relative")]
    public async Task A_server_with_a_data_folder_starts_although_its_other_folders_cannot_be_written(string variables)
    {
        var environment = variables
            .Split(' ')
            .Select(variable => variable.Split('='))
            .Select(pair => (pair[0], pair[1]))
            .ToList();
        using var server = CliProcess.Start(_root.Path, environment, UpWith());

        var (first, log, code) = await StartAndStopAsync(server);

        Assert.StartsWith("Headrace is listening on http://127.0.0.1:", first, StringComparison.Ordinal);
        Assert.True(code == 0, log);
    }

    [Theory]
    [InlineData(">/dev/full")]
    [InlineData(">&-")]
    public async Task A_server_starts_although_its_standard_output_is_closed_or_full(string redirection)
    {
        using var server = ShellOf("up --port 0 --workers 0 --data data", redirection);
        try
        {
            // Standard error ends only when the server exits, so the port is read from the running-server file.
            var folder = Path.Combine(_root.Path, ".local/state/headrace/servers");
            await Headrace.Tests.Server.Eventually.HoldsAsync(
                "the server to record itself",
                () => server.HasExited || (Directory.Exists(folder) && Directory.GetFiles(folder, "*.json").Length > 0),
                Headrace.Tests.Server.Eventually.WithProcesses
            );
            Assert.False(server.HasExited);
        }
        finally
        {
            Signals.Send("TERM", server.Id);
            var end = await CliProcess.EndAsync(server, "up " + redirection);
            Assert.True(end.Code == 0, end.Error);
            Assert.Contains("The server continues without it", end.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    [InlineData(">&- 2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public async Task A_server_runs_and_stops_although_its_standard_error_is_closed_or_full(string redirection)
    {
        using var server = ShellOf("up --port 0 --workers 1 --data data", redirection);
        var folder = Path.Combine(_root.Path, ".local/state/headrace/servers");
        await Headrace.Tests.Server.Eventually.HoldsAsync(
            "the server to record itself",
            () => server.HasExited || (Directory.Exists(folder) && Directory.GetFiles(folder, "*.json").Length > 0),
            Headrace.Tests.Server.Eventually.WithProcesses
        );
        // A new server knows no method before its worker has joined.
        await Headrace.Tests.Server.Eventually.SeesAsync(
            "the worker to run a job",
            async () =>
            {
                using var run = ShellOf("run noop", "");
                return (await CliProcess.EndAsync(run, "run noop")).Code == 0 ? redirection : null;
            },
            Headrace.Tests.Server.Eventually.WithProcesses
        );

        Signals.Send("TERM", server.Id);
        var end = await CliProcess.EndAsync(server, "up " + redirection);

        Assert.Equal(0, end.Code);
    }

    [Theory]
    [InlineData("taken", "2>/dev/full")]
    [InlineData("taken", "2>&-")]
    [InlineData("taken", ">&- 2>&-")]
    public async Task A_server_that_cannot_start_exits_with_its_code_although_it_cannot_say_why(
        string data,
        string redirection
    )
    {
        await File.WriteAllTextAsync(Path.Combine(_root.Path, data), "", TestContext.Current.CancellationToken);
        using var server = ShellOf($"up --port 0 --workers 0 --data {data}", redirection);

        Assert.Equal(4, (await CliProcess.EndAsync(server, "up " + redirection)).Code);
    }

    [Theory]
    [InlineData("\"$0\" worker start --methods noop", "2>/dev/full")]
    [InlineData("\"$0\" worker start --methods noop", "2>&-")]
    [InlineData("\"$0\" worker start --methods noop", ">&- 2>&-")]
    [InlineData("test worker", "2>/dev/full")]
    [InlineData("test worker", "2>&-")]
    [InlineData("test worker", ">&- 2>&-")]
    public async Task A_worker_joins_and_drains_although_its_standard_error_is_closed_or_full(
        string program,
        string redirection
    )
    {
        await using var server = await RunningServer.StartAsync();
        var command = program.Replace("test worker", $"'{CliProcess.TestWorker}'", StringComparison.Ordinal);
        using var worker = CliProcess.StartShell(
            server.Home,
            $"HEADRACE_WORKER=mute exec {command} {redirection}"
        );

        await Headrace.Tests.Server.Eventually.SeesAsync(
            "the worker to join",
            async () =>
                worker.HasExited
                || (await server.CliAsync("workers", "list")).Lines.Any(line =>
                    line.StartsWith("mute\t", StringComparison.Ordinal)
                )
                    ? program
                    : null,
            Headrace.Tests.Server.Eventually.WithProcesses
        );
        if (!worker.HasExited)
            Signals.Send("TERM", worker.Id);

        Assert.Equal(0, (await CliProcess.EndAsync(worker, command)).Code);
    }

    [Fact]
    public async Task A_worker_whose_settings_are_invalid_exits_with_its_code_although_it_cannot_say_why()
    {
        foreach (var redirection in (string[])["2>/dev/full", "2>&-"])
        {
            using var worker = CliProcess.StartShell(
                _root.Path,
                $"exec '{CliProcess.TestWorker}' --nonsense {redirection}"
            );

            Assert.Equal(
                Headrace.Protocol.Local.WorkerProcess.Unusable,
                (await CliProcess.EndAsync(worker, redirection)).Code
            );
        }
    }

    [Fact]
    public async Task A_submission_whose_id_cannot_be_printed_says_which_job_was_submitted()
    {
        await using var server = await RunningServer.StartAsync();
        using var submit = ShellOf("submit noop", ">/dev/full", server.Home);

        var end = await CliProcess.EndAsync(submit, "submit noop >/dev/full");

        Assert.Equal(74, end.Code);
        Assert.Matches("Job [0-9]+ was submitted, but its id could not be printed", end.Error);
    }

    [Fact]
    public async Task A_file_name_cannot_forge_a_line_of_output()
    {
        await using var server = await RunningServer.StartAsync();
        var file = server.Write("a\n99\tforged", [1]);

        var run = await server.CliAsync("submit", "noop", "--each", file);

        Assert.Equal(0, run.Code);
        Assert.EndsWith("a 99 forged", Assert.Single(run.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--content-type", "nonsense")]
    [InlineData("--key", "a\nb")]
    public async Task Text_that_no_header_can_carry_is_rejected_as_invalid_usage(string option, string value)
    {
        await using var server = await RunningServer.StartAsync();
        var file = server.Write("body", [1]);

        var run = await server.CliAsync("submit", "noop", "--input", file, option, value);

        Assert.True(run.Code == 2, $"{run.Code}: {run.Error}");
    }

    [Fact]
    public async Task A_key_beyond_ASCII_is_accepted_with_a_body_as_it_is_without()
    {
        await using var server = await RunningServer.StartAsync();
        var file = server.Write("body", [1]);

        var first = await server.CliAsync("submit", "noop", "--input", file, "--key", "schlüssel");
        var again = await server.CliAsync("submit", "noop", "--input", file, "--key", "schlüssel");

        Assert.Equal((0, first.Out), (again.Code, again.Out));
    }

    [Fact]
    public async Task Waiting_for_a_method_that_nobody_offers_says_so()
    {
        await using var server = await RunningServer.StartAsync();
        var id = (await server.CliAsync("submit", "noop", "--at", "1h")).Out.Trim();

        var wait = await server.CliAsync("wait", id, "--timeout", "4s");

        Assert.Equal(124, wait.Code);
        Assert.Contains($"Job {id}: Scheduled for", wait.Error, StringComparison.Ordinal);
    }

    /// <summary>
    /// The name is encoded in ISO 8859-1, as in old archives. The framework would replace its last byte.
    /// </summary>
    [Theory]
    [InlineData("submit noop --input $'latin\\xfc'")]
    [InlineData("submit noop --each good $'latin\\xfc'")]
    [InlineData("results get 1 -o $'latin\\xfc'")]
    [InlineData("submit noop name=$'\\xfc'")]
    public async Task An_argument_that_is_not_UTF_8_is_rejected_with_the_remedy(string arguments)
    {
        using var home = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(home.Path, "good"), "x", TestContext.Current.CancellationToken);
        // The framework could not delete the file with this name.
        using var process = CliProcess.StartShell(
            home.Path,
            $"printf x > $'latin\\xfc'; \"$0\" {arguments}; code=$?; rm $'latin\\xfc'; exit $code"
        );

        var run = await CliProcess.EndAsync(process, arguments);

        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Out));
        Assert.Contains("is not valid UTF-8", run.Error, StringComparison.Ordinal);
        Assert.Contains("--input - < FILE", run.Error, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(home.Path, "good")], Directory.GetFiles(home.Path));
    }

    [Fact]
    public async Task The_remedy_for_names_that_are_not_UTF_8_works_and_a_valid_replacement_character_is_no_fault()
    {
        await using var server = await RunningServer.StartAsync();
        using var shell = CliProcess.StartShell(
            server.Home,
            "printf x > $'latin\\xfc' && \"$0\" run noop --tag \ufffd --input - < $'latin\\xfc' > $'copy\\xfc' "
                + "&& cat $'copy\\xfc'; code=$?; rm -f $'latin\\xfc' $'copy\\xfc'; exit $code"
        );

        var run = await CliProcess.EndAsync(shell, "run");

        Assert.Equal((0, "x"), (run.Code, run.Out));
    }

    [Fact]
    public async Task Wait_takes_ids_from_standard_input_or_the_jobs_of_a_queue()
    {
        await using var server = await RunningServer.StartAsync();
        var id = (await server.CliAsync("submit", "noop", "--queue", "q")).Out.Trim();
        using var wait = ShellOf("wait -", $"<<< '{id}\tfile'", server.Home);

        var read = await CliProcess.EndAsync(wait, "wait -");
        var queue = await server.CliAsync("wait", "--queue", "q", "--timeout", "60s");
        var neither = await server.CliAsync("wait");

        Assert.Equal((0, $"{id}\tsucceeded\n"), (read.Code, read.Out));
        Assert.Equal(0, queue.Code);
        Assert.Equal(2, neither.Code);
    }

    [Fact]
    public async Task Workers_use_the_port_while_the_socket_folder_cannot_be_created()
    {
        await using var server = await RunningServer.StartAsync();
        var folder = Path.Combine(server.Home, "headrace");
        Directory.Delete(folder, recursive: true);
        await File.WriteAllTextAsync(folder, "in the way", TestContext.Current.CancellationToken);
        foreach (
            var worker in ProcessTable
                .Workers()
                .Where(worker => worker.Server.Contains(folder, StringComparison.Ordinal))
        )
            Signals.Send("KILL", worker.Process);

        var run = await server.CliAsync([("HEADRACE_SERVER", server.Url)], "run", "noop");

        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task Completion_calls_the_program_on_the_command_line_and_offers_no_forms_of_another_system()
    {
        using var bash = CliProcess.StartShell(
            _root.Path,
            """
            ln -s "$0" headrace
            eval "$(./headrace completion bash)"
            COMP_WORDS=(./headrace jobs ""); COMP_LINE="./headrace jobs "; COMP_POINT=${#COMP_LINE}
            _headrace
            printf '%s\n' "${COMPREPLY[@]}"
            """
        );

        var offered = (await CliProcess.EndAsync(bash, "completion")).Lines;

        Assert.Contains("cancel", offered);
        Assert.Contains("--help", offered);
        Assert.DoesNotContain(offered, word => word.StartsWith('/'));
    }

    private static string[] UpWith() => ["up", "--port", "0", "--workers", "0", "--data", "data"];

    private static async Task<(string? First, string Log, int Code)> StartAndStopAsync(Process server)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(60));
        var first = await server.StandardOutput.ReadLineAsync(late.Token);
        if (!server.HasExited)
            Signals.Send("TERM", server.Id);
        var end = await CliProcess.EndAsync(server, "up");
        return (first, end.Error, end.Code);
    }

    /// <summary>Runs a command in a shell, with a redirection.</summary>
    private Process ShellOf(string command, string redirection, string? home = null) =>
        CliProcess.StartShell(home ?? _root.Path, $"exec \"$0\" {command} {redirection}");
}
