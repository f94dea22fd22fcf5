using System.Text.Json;
using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Tests the commands of the option pricing application with a server and its workers.</summary>
[Trait("Needs", "Servers")]
public sealed class BenchopEndToEndTests
{
    /// <summary>Two workers whose method <c>series</c> never ends.</summary>
    private static readonly (string, string)[] HangingSeries =
    [
        ("HEADRACE_POOLS__0__NAME", "hanging"),
        ("HEADRACE_POOLS__0__MIN", "2"),
        ("HEADRACE_POOLS__0__MAX", "2"),
        ("HEADRACE_POOLS__0__COMMAND__PROGRAM", CliProcess.TestWorker),
        ("HEADRACE_POOLS__0__COMMAND__ENV__TEST_WORKER_HANGS", "series"),
    ];

    [Fact]
    public async Task An_interrupted_run_ranks_what_was_measured_says_so_and_cancels_the_rest()
    {
        await using var server = await RunningServer.StartAsync();
        using var run = server.StartCli(
            [],
            "benchop",
            "run",
            "--problems",
            "1a,1b,2a,4",
            "--methods",
            "closed,cos,binomial,fd,fdnu"
        );
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(60));
        // If standard error is not a terminal, a line is written to it for each measured cell.
        for (var measured = 0; measured < 3; measured++)
            Assert.NotNull(await run.StandardError.ReadLineAsync(late.Token));
        Signals.Send("INT", run.Id);

        var end = await CliProcess.EndAsync(run, "benchop run");
        var ranked = await server.CliAsync("benchop", "rank", "--json");
        var listed = await server.CliAsync("benchop", "runs");

        Assert.Equal(ExitCode.Interrupted, end.Code);
        Assert.Contains("The run was interrupted: ", end.Error, StringComparison.Ordinal);
        Assert.Contains(
            "of 20 cells are done, so this ranking is partial.",
            JsonElement.Parse(ranked.Out).GetProperty("incomplete").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal("interrupted", Assert.Single(listed.Lines).Split('\t')[2]);
        Assert.Empty((await server.CliAsync("jobs", "list", "--filter", "state:ready")).Lines);
    }

    [Fact]
    public async Task A_second_run_at_the_same_time_is_warned_about_the_noise()
    {
        // The first run lasts until it is interrupted, because one of its cells hangs.
        await using var server = await RunningServer.StartAsync(HangingSeries);
        using var first = server.StartCli([], "benchop", "run", "--problems", "5", "--methods", "series,cos");
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(60));
        Assert.NotNull(await first.StandardError.ReadLineAsync(late.Token));

        using var second = server.StartCli([], "benchop", "run", "--problems", "2a", "--methods", "closed");

        Assert.Equal(
            "Another run is in progress on this machine. Each run adds noise to the times of the other.",
            await second.StandardError.ReadLineAsync(late.Token)
        );
        Signals.Send("INT", second.Id);
        Signals.Send("INT", first.Id);
        Assert.Equal(ExitCode.Interrupted, (await CliProcess.EndAsync(first, "the first run")).Code);
        Assert.Equal(ExitCode.Interrupted, (await CliProcess.EndAsync(second, "the second run")).Code);
    }

    [Fact]
    public async Task A_method_that_hangs_delays_no_other_cell_and_costs_only_its_own()
    {
        // The workers are replaced when a job exceeds its time limit and does not stop.
        await using var server = await RunningServer.StartAsync(HangingSeries);

        using var process = server.StartCli(
            [],
            "benchop",
            "run",
            "--problems",
            "5",
            "--methods",
            "series,cos,fft,fgl",
            "--time-limit",
            "20s"
        );
        var run = await CliProcess.EndAsync(process, "benchop run", TimeSpan.FromMinutes(3));
        var table = await server.CliAsync("benchop", "table");

        Assert.Equal(ExitCode.JobFailed, run.Code);
        var cells = run.Error.Split('\n').Where(line => line.Contains("/4 5 ", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, cells.Count);
        Assert.Contains("5 series: empty: Job ", cells[^1], StringComparison.Ordinal);
        Assert.Contains("timeout", cells[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("..", cells[^1], StringComparison.Ordinal);
        Assert.All(cells[..^1], line => Assert.Contains(": error ", line, StringComparison.Ordinal));
        var hung = Assert.Single(table.Lines, line => line.StartsWith("5\tseries\t", StringComparison.Ordinal));
        Assert.Contains("timeout", hung, StringComparison.Ordinal);
        Assert.DoesNotContain("partial", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_that_no_worker_offers_is_named_while_its_job_waits()
    {
        await using var server = await RunningServer.StartAsync([
            ("HEADRACE_POOLS__0__NAME", "cosines"),
            ("HEADRACE_POOLS__0__MIN", "1"),
            ("HEADRACE_POOLS__0__MAX", "1"),
            ("HEADRACE_POOLS__0__METHODS__0", "benchop.cos"),
        ]);

        using var run = server.StartCli([], "benchop", "run", "--problems", "1a-I", "--methods", "fgl,cos");
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromMinutes(2));
        string? line;
        do
        {
            line = await run.StandardError.ReadLineAsync(late.Token);
            Assert.NotNull(line);
        } while (!line.StartsWith("No cell has ended for 20 s. Job ", StringComparison.Ordinal));
        Signals.Send("INT", run.Id);
        await CliProcess.EndAsync(run, "benchop run");

        Assert.Contains("benchop.fgl", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_stored_ranked_tabulated_plotted_and_compared_with_the_next_one()
    {
        await using var server = await RunningServer.StartAsync();
        string[] arguments = ["benchop", "run", "--problems", "1a,4,5", "--methods", "closed,cos,fgl,series"];

        var first = await server.CliAsync([.. arguments, "--curves"]);
        var second = await server.CliAsync(arguments);
        var runs = await server.CliAsync("benchop", "runs");
        var ids = runs.Lines.Select(line => line.Split('\t')[0]).ToList();
        var rank = await server.CliAsync("benchop", "rank", ids[1], "--by", "problem", "--group", "general");
        var latex = await server.CliAsync("benchop", "table", "latest", "--format", "latex");
        var csv = await server.CliAsync("benchop", "table", "--format", "csv");
        var plot = await server.CliAsync("benchop", "plot", ids[1]);
        var compare = await server.CliAsync("benchop", "compare", ids[1], "latest", "--json");
        var unknown = await server.CliAsync("benchop", "rank", "frob");
        var tooLarge = await server.CliAsync(
            "benchop",
            "price",
            "--problem",
            "1a",
            "--method",
            "cos",
            "--work",
            "99999999999"
        );

        Assert.All(
            [first, second, runs, rank, latex, csv, plot, compare],
            run => Assert.True(run.Code == ExitCode.Done, run.Error)
        );
        Assert.Equal(2, ids.Count);
        Assert.StartsWith("general\t1", first.Lines[0], StringComparison.Ordinal);
        // A partial ranking is reported when all cells of a problem are done.
        Assert.Contains("5, structure: 1. series ", first.Error, StringComparison.Ordinal);
        Assert.Contains("Noise: the 95 % confidence intervals", first.Error, StringComparison.Ordinal);
        Assert.Equal(["1a-I", "4", "5"], rank.Lines.Select(line => line.Split('\t')[1]).Distinct());
        Assert.Contains("\\begin{tabular}{lrrr}", latex.Out, StringComparison.Ordinal);
        Assert.Equal(1 + (3 * 4), csv.Lines.Length);
        Assert.Contains("<polyline", plot.Out, StringComparison.Ordinal);
        var changes = JsonElement.Parse(compare.Out).GetProperty("cells").EnumerateArray().ToList();
        Assert.Equal(12, changes.Count);
        // The second run did not search for the work parameters again.
        Assert.Equal(
            changes.Select(c => c.GetProperty("before").TryGetProperty("work", out var work) ? work.GetInt32() : 0),
            changes.Select(c => c.GetProperty("after").TryGetProperty("work", out var work) ? work.GetInt32() : 0)
        );
        Assert.Equal(ExitCode.Usage, unknown.Code);
        Assert.Contains("There is no run 'frob'.", unknown.Error, StringComparison.Ordinal);
        Assert.Contains(
            "--work '99999999999' is not valid: specify a whole number from -2147483648 to 2147483647.",
            tooLarge.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_price_without_a_reference_shows_no_error()
    {
        await using var server = await RunningServer.StartAsync();

        var price = await server.CliAsync(
            "benchop",
            "price",
            "--problem",
            "3-I",
            "--method",
            "cos",
            "--set",
            "S=100",
            "--no-reference"
        );

        Assert.Equal(ExitCode.Done, price.Code);
        Assert.Equal("-", Assert.Single(price.Lines).Split('\t')[2]);
        Assert.DoesNotContain("Error", price.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_are_priced_tabulated_and_tuned_through_the_service()
    {
        await using var server = await RunningServer.StartAsync();

        var price = await server.CliAsync(
            "benchop",
            "price",
            "--problem",
            "1a",
            "--method",
            "cos",
            "--set",
            "S=90:110,sigma=0.2"
        );
        var table = await server.CliAsync(
            "benchop",
            "run",
            "--no-tune",
            "--problems",
            "1a,4",
            "--methods",
            "closed,cos",
            "--json"
        );
        await server.CliAsync("benchop", "run", "--no-tune", "--problems", "4", "--methods", "closed,quadrature");
        var lines = await server.CliAsync("benchop", "table");
        var tuned = await server.CliAsync("benchop", "tune", "--problem", "1a", "--method", "fgl", "--target", "1e-6");
        var missed = await server.CliAsync(
            "benchop",
            "price",
            "--problem",
            "4",
            "--method",
            "fdnu",
            "--set",
            "rho=-1,sigma=2"
        );

        Assert.Equal((ExitCode.Done, 2), (price.Code, price.Lines.Length));
        Assert.All(
            price.Lines,
            line => Assert.Equal(double.Parse(line.Split('\t')[2]), double.Parse(line.Split('\t')[1]), 6)
        );
        Assert.Equal((ExitCode.Done, 4), (table.Code, table.Lines.Length));
        var cells = table.Lines.Select(line => JsonElement.Parse(line).GetProperty("cell")).ToList();
        Assert.Equal(
            ["1a-I closed", "1a-I cos", "4 closed", "4 cos"],
            cells.Select(c => $"{c.GetProperty("problem")} {c.GetProperty("method")}").Order()
        );
        Assert.All(
            cells,
            c => Assert.True(c.TryGetProperty("reason", out _) ^ c.GetProperty("met").GetBoolean(), c.ToString())
        );
        Assert.All(
            cells.Where(c => c.GetProperty("met").GetBoolean()),
            c => Assert.True(c.GetProperty("timing").GetProperty("cpuMicroseconds").GetDouble() > 0)
        );
        Assert.Contains("/4 4 cos: error ", table.Error, StringComparison.Ordinal);
        Assert.StartsWith("4\tquadrature\tgeneral\t", lines.Lines[0], StringComparison.Ordinal);
        Assert.EndsWith("Use the 'quadrature' method.", lines.Lines[1], StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, "1a-I"), (tuned.Code, Assert.Single(tuned.Lines).Split('\t')[0]));
        Assert.Equal((ExitCode.JobFailed, 0), (missed.Code, missed.Lines.Length));
        Assert.Contains("headrace: fdnu could not price 4: ", missed.Error, StringComparison.Ordinal);
    }
}
