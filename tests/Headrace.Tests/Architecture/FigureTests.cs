using System.Globalization;
using System.Text.RegularExpressions;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>Tests that the figures in the documents match the committed result tables and the code.</summary>
public sealed partial class FigureTests
{
    [Fact]
    public void The_ratios_in_the_README_match_the_peer_benchmark_tables()
    {
        var cold = MarkdownTable.In(
            MarkdownTable.Section(
                Repository.Read("bench/results/peers.md"),
                "## With persistence of the peers (each change synced)"
            )
        );
        var warm = MarkdownTable.In(Repository.Read("bench/results/peers-warm.md"));
        var claimed = MarkdownTable
            .In(MarkdownTable.Section(Repository.Read("README.md"), "## How fast it is"))
            .Skip(1)
            .ToList();

        Assert.Equal(7, claimed.Count);
        Assert.All(
            claimed,
            row =>
            {
                var table = row[0].Contains("warm", StringComparison.Ordinal) ? warm : cold;
                var peer = row[0].Split(',')[0].ToLowerInvariant();
                var measured = table.Single(other => other[0] == peer || other[0] == $"{peer}-durable");
                Assert.Equal(measured.Skip(1).Take(2), row.Skip(1));
            }
        );
    }

    [Fact]
    public void The_shares_of_the_hash_engine_match_its_table()
    {
        var shares = MarkdownTable
            .In(Repository.Read("bench/results/sha512.md"))
            .Where(row => row[0].EndsWith(" iterations", StringComparison.Ordinal))
            .Select(row => row[^1])
            .ToList();
        var page = OneLine("docs/performance.md");

        Assert.Equal(3, shares.Count);
        Assert.All(shares, share => Assert.Contains(share, page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_runs_that_guarantees_cites_match_the_committed_results()
    {
        var page = OneLine("docs/guarantees.md");
        var schedules = Schedules()
            .Matches(Repository.Read("bench/results/simulation.md"))
            .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        var minutes = Minutes().Match(Repository.Read("bench/results/chaos.md")).Groups[1].Value;
        string[] words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

        Assert.Contains(
            $"{schedules.ToString("N0", CultureInfo.InvariantCulture)} schedules",
            page,
            StringComparison.Ordinal
        );
        Assert.Contains(
            $"A run of {words[int.Parse(minutes, CultureInfo.InvariantCulture)]} minutes",
            page,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_time_that_local_workers_search_for_their_server_matches_the_code() =>
        Assert.Contains(
            $"look for their server for {new ServerOptions { Data = "" }.OrphanGrace.TotalMinutes} minutes",
            OneLine("docs/guarantees.md"),
            StringComparison.Ordinal
        );

    private static string OneLine(string document) => Space().Replace(Repository.Read(document), " ");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"^(\d+) schedules of ", RegexOptions.Multiline)]
    private static partial Regex Schedules();

    [GeneratedRegex(@"--for (\d+)m\b")]
    private static partial Regex Minutes();
}
