using System.Text.Json;
using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Tests the commands of the option pricing application with a server and its workers.</summary>
[Trait("Needs", "Servers")]
public sealed class BenchopEndToEndTests
{
    [Fact]
    public async Task An_interrupted_table_prints_the_cells_that_were_measured()
    {
        await using var server = await RunningServer.StartAsync();
        using var table = server.StartCli(
            [],
            "benchop",
            "table",
            "--problems",
            "1a,1b,2a,4",
            "--methods",
            "closed,cos,binomial,fd,fdnu"
        );
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(60));
        // If standard error is not a terminal, each measured cell is reported on it.
        for (var measured = 0; measured < 3; measured++)
            Assert.NotNull(await table.StandardError.ReadLineAsync(late.Token));
        Signals.Send("INT", table.Id);

        var end = await CliProcess.EndAsync(table, "benchop table");

        Assert.Equal(ExitCode.Interrupted, end.Code);
        Assert.InRange(end.Lines.Length, 3, 19);
        Assert.Contains("The table is incomplete:", end.Error, StringComparison.Ordinal);
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
            "table",
            "--problems",
            "1a,4",
            "--methods",
            "closed,cos",
            "--json"
        );
        var lines = await server.CliAsync("benchop", "table", "--problems", "4", "--methods", "closed,quadrature");
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
            cells.Select(c => $"{c.GetProperty("problem")} {c.GetProperty("method")}")
        );
        Assert.All(
            cells,
            c => Assert.True(c.TryGetProperty("reason", out _) ^ c.GetProperty("met").GetBoolean(), c.ToString())
        );
        Assert.All(
            cells.Where(c => c.GetProperty("met").GetBoolean()),
            c => Assert.True(c.GetProperty("timing").GetProperty("cpuMicroseconds").GetDouble() > 0)
        );
        Assert.Contains("4/4 4 cos: error ", table.Error, StringComparison.Ordinal);
        Assert.StartsWith("4\tquadrature\tstructure\t", lines.Lines[0], StringComparison.Ordinal);
        Assert.EndsWith("Use the 'quadrature' method.", lines.Lines[1], StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, "1a-I"), (tuned.Code, Assert.Single(tuned.Lines).Split('\t')[0]));
        Assert.Equal((ExitCode.JobFailed, 0), (missed.Code, missed.Lines.Length));
        Assert.Contains("headrace: fdnu could not price 4: ", missed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_table_cancels_what_is_left_of_it()
    {
        await using var server = await RunningServer.StartAsync();
        using var measuring = server.StartCli(
            [],
            "benchop",
            "table",
            "--problems",
            "all",
            "--methods",
            "all",
            "--json"
        );
        Assert.NotNull(await measuring.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        Signals.Send("INT", measuring.Id);

        Assert.Equal(ExitCode.Interrupted, (await CliProcess.EndAsync(measuring, "benchop table")).Code);
        Assert.Empty((await server.CliAsync("jobs", "list", "--filter", "state:ready")).Lines);
    }
}
