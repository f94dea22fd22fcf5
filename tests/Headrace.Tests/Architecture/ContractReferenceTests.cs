using System.Globalization;
using System.Text.RegularExpressions;
using Headrace.Cli;
using Headrace.Cli.Settings;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Tests that docs/contract.md lists exactly the commands, options, settings, environment variables and limits that
/// exist.
/// </summary>
public sealed class ContractReferenceTests
{
    private static readonly string CommandLineSection = MarkdownTable.Section(
        ContractReference.Text,
        "## Command line"
    );
    private static readonly IReadOnlyList<IReadOnlyList<string>> Settings =
    [
        .. MarkdownTable
            .In(MarkdownTable.Section(ContractReference.Text, "### Settings"))
            .SkipWhile(row => row[0] != "setting")
            .Skip(1)
            .TakeWhile(row => row.Count == 5),
    ];

    [Fact]
    public void The_commands_match_the_command_line()
    {
        var listed = MarkdownTable
            .In(CommandLineSection)
            .SkipWhile(row => row[0] != "command")
            .Skip(1)
            .TakeWhile(row => row[0] != "exit code")
            .SelectMany(row => ContractReference.Names(row[0]));

        Assert.Equal(ContractReference.Commands(CommandLine.Tree()).Order(), listed.Order());
    }

    [Fact]
    public void The_global_options_and_the_job_options_match_the_command_line()
    {
        var global = ContractReference.Options(CommandLine.Tree()).Except(["--help", "--version"]).ToList();
        var ofJobs = ContractReference
            .Options(ContractReference.Find("submit"))
            .Intersect(ContractReference.Options(ContractReference.Find("run")))
            .Except(global)
            .Except(["--help"]);
        var accepted = Regex.Match(CommandLineSection, @"`submit` and `run` accept\s+`([^`]+)`").Groups[1].Value;

        Assert.NotEmpty(global);
        Assert.All(global, option => Assert.Contains($"`{option}`", CommandLineSection, StringComparison.Ordinal));
        Assert.Equal(ofJobs.Order(), accepted.Split().Order());
    }

    [Fact]
    public void The_settings_match_the_code_with_their_options_and_variables()
    {
        // Unlike a setting, this option must apply to a single start only.
        const string Action = "--new-admin-key";
        var options = ContractReference.Options(ContractReference.Find("up")).Except(["--help", Action]);

        Assert.Contains($"`{Action}`", CommandLineSection, StringComparison.Ordinal);
        Assert.Equal(UpSettings.Names.Order(), Settings.SelectMany(row => ContractReference.Names(row[0])).Order());
        Assert.Equal(options.Order(), Settings.SelectMany(row => ContractReference.Names(row[1])).Order());
        Assert.All(Settings, row => Assert.Equal($"`{ContractReference.Variable(row[0].Trim('`'))}`", row[2]));
    }

    [Fact]
    public void The_defaults_match_the_code()
    {
        var options = new ServerOptions { Data = "" };
        var defaults = new Dictionary<string, string>
        {
            ["port"] = Number(options.Port),
            ["store"] = $"`{options.Store}`".ToLowerInvariant(),
            ["durability"] = $"`{options.Durability}`".ToLowerInvariant(),
            ["queues:jobs"] = Number(options.QueueJobs),
            ["queues:bytes"] = Number(options.QueueBytes),
            ["memory:jobs"] = Number(options.MemoryJobs),
            ["memory:bytes"] = Number(options.MemoryBytes),
            ["storage:reserve"] = Number(options.StorageReserve),
            ["lease"] = DurationText.ToText(options.Lease),
            ["orphan_grace"] = DurationText.ToText(options.OrphanGrace),
            ["scaling:check"] = DurationText.ToText(options.ScalingCheck),
            ["scaling:up_after"] = DurationText.ToText(options.ScalingUpAfter),
            ["scaling:idle_after"] = DurationText.ToText(options.ScalingIdleAfter),
        };

        Assert.All(
            defaults,
            setting => Assert.Equal(setting.Value, Settings.Single(row => row[0] == $"`{setting.Key}`")[3])
        );
    }

    [Fact]
    public void The_environment_variables_match_the_code() =>
        Assert.Equal(
            ContractReference.VariablesInCode().Union(UpSettings.Names.Select(ContractReference.Variable)).Order(),
            ContractReference.VariablesInText().Order()
        );

    [Fact]
    public void The_exit_codes_of_a_worker_process_match_the_code()
    {
        var text = Regex.Replace(CommandLineSection, @"\s+", " ");
        var sentence = Regex.Match(text, @"A worker process exits with [^.]*\.").Value;
        var listed = Regex.Matches(sentence, @"\b\d+\b").Select(match => match.Value);

        Assert.Equal(
            new[]
            {
                WorkerProcess.StoppedOnRequest,
                WorkerProcess.Refused,
                WorkerProcess.Unusable,
                WorkerProcess.Terminated,
            }.Select(code => Number(code)),
            listed
        );
    }

    [Fact]
    public void The_limits_match_the_code()
    {
        var rows = MarkdownTable
            .In(MarkdownTable.Section(ContractReference.Text, "## Limits and defaults"))
            .ToDictionary(row => row[0], row => row[1]);
        var broker = new BrokerOptions();
        (string Row, string Value)[] limits =
        [
            ("queue", $"{Thousands(broker.MaxQueueJobs)} jobs"),
            ("queue", $"{broker.MaxQueueBytes >> 30} GiB"),
            ("queue", $"{Thousands(Limits.Queues)} queues"),
            ("methods", $"{Thousands(Limits.MethodVersions)} versions"),
            ("methods", $"{Limits.MethodSchemaBytes >> 20} MB"),
            ("body, params, result", $"{Limits.InlineBytes >> 20} MB each"),
            ("wait", $"{Thousands(Limits.Waiters)} waiting requests"),
            ("retries", $"default {RetryPolicy.Default.Max}"),
            ("lease", DurationText.ToText(broker.Lease).Replace("s", " s", StringComparison.Ordinal)),
            ("lease", DurationText.ToText(broker.EvictAfter).Replace("m", " min", StringComparison.Ordinal)),
            ("leases of one worker", Thousands(Limits.LeasesPerWorker)),
            ("time limit", DurationText.ToText(broker.TimeLimitGrace).Replace("s", " s", StringComparison.Ordinal)),
            (
                "a batch of the broker",
                $"{Thousands(Limits.CommandsPerBatch)} commands or {Limits.BytesPerBatch >> 20} MB"
            ),
        ];

        Assert.All(limits, limit => Assert.Contains(limit.Value, rows[limit.Row], StringComparison.Ordinal));
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Thousands(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
