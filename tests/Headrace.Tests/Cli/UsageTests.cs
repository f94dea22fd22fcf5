using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class UsageTests
{
    [Theory]
    [InlineData("", "'headrace' requires a command. Available commands: up, submit, run,")]
    [InlineData("frob", "'headrace' has no command 'frob'. Available commands: up, submit, run,")]
    [InlineData(
        "jobs frob",
        "'headrace jobs' has no command 'frob'. Available commands: list, show, why, logs, watch, attempts, "
            + "failures, cancel, retry, prioritize, move, delete."
    )]
    [InlineData("submit", "METHOD")]
    [InlineData("submit noop --frob", "--frob")]
    [InlineData("submit noop --priority high", "--priority 'high' is not valid: specify a whole number.")]
    [InlineData("submit noop --time-limit 5x", "--time-limit '5x' is not valid: specify a number followed by a unit")]
    [InlineData(
        "submit noop --at tomorrow",
        "--at 'tomorrow' is not valid: specify a time such as 2030-01-31T18:00:00Z"
    )]
    [InlineData("submit noop iterations", "'iterations' is not a parameter. Write NAME=VALUE")]
    [InlineData("submit noop a=1 a=2", "Parameter 'a' is specified twice.")]
    [InlineData("submit noop --input /nowhere/x", "File '/nowhere/x' does not exist.")]
    [InlineData("submit noop --each /nowhere/x a=1", "File '/nowhere/x' does not exist.")]
    [InlineData("submit noop --input /etc", "'/etc' is a folder.")]
    [InlineData("submit noop --input /etc/hostname --each /etc/hostname", "--input and --each cannot be combined.")]
    [InlineData("wait", "ID")]
    [InlineData("jobs list --limit 0", "--limit is 0, but must be at least 1.")]
    [InlineData("audit --limit -1", "--limit is -1, but must be at least 1.")]
    [InlineData("results latest --limit 0", "--limit is 0, but must be at least 1.")]
    [InlineData("results latest --limit 1001", "--limit is 1001, but must be at most 1000.")]
    [InlineData("results pull --feed f --limit 1001", "--limit is 1001, but must be at most 1000.")]
    [InlineData("messages pull q --limit 0", "--limit is 0, but must be at least 1.")]
    [InlineData("pools why --limit 1001", "--limit is 1001, but must be at most 1000.")]
    [InlineData("jobs list --limit ten", "--limit 'ten' is not valid: specify a whole number.")]
    [InlineData("queues list --server nonsense", "The server address 'nonsense' is not valid.")]
    [InlineData("benchop", "'headrace benchop' requires a command. Available commands: price, tune, run, runs,")]
    [InlineData("benchop price", "Specify a problem with --problem. Available problems: 1a-I, 1a-II,")]
    [InlineData("benchop price --problem 1b", "Specify a method with --method. Available methods: closed, series,")]
    [InlineData("benchop price --problem 9 --method cos", "problem=9: unknown problem. Known problems: 1a-I,")]
    [InlineData("benchop price --problem 1b --method frob", "Unknown method 'frob'. Available methods: closed,")]
    [InlineData(
        "benchop price --problem 1b --method fft",
        "Method 'fft' does not price problem 1b-I: The transform describes only the spot at maturity; early exercise "
            + "requires the spot at every date. Methods that do: cos, fgl,"
    )]
    [InlineData(
        "benchop price --problem 1b --method alo --work 0",
        "--work 0 is out of range for problem 1b-I and method 'alo'. Valid values: 3..64 (boundary nodes)."
    )]
    [InlineData("benchop price --problem 1a --method cos --set sigma=-1", "sigma=-1: sigma is the volatility")]
    [InlineData("benchop price --problem 1a --method cos --set S=", "S=0 values: specify 1 to")]
    [InlineData("benchop price --problem 1a --method cos --set r=NaN", "r=NaN: not a number.")]
    [InlineData("benchop price --problem 1c --method cos --set B=90", "the barrier must be above the highest spot")]
    [InlineData("benchop price --problem 6 --method cos --set rho=2", "rho=2: rho is a correlation")]
    [InlineData("benchop run --problems 1a,frob", "problem=frob: unknown problem.")]
    [InlineData("benchop run --methods cos,frob", "Unknown method 'frob'.")]
    [InlineData("benchop run --problems 1a,6 --set K=90", "K=90: problem 6 has no such setting")]
    [InlineData("benchop run --seed -1", "--seed -1 is out of range: specify 0 or more.")]
    [InlineData("benchop run --protocol fast", "fast")]
    [InlineData("benchop run --time-limit 10ms", "--time-limit must be at least 1s")]
    [InlineData("benchop run --no-tune --curves", "--no-tune cannot be combined with --retune or --curves")]
    [InlineData("benchop rank", "There is no run yet. Start one with: headrace benchop run")]
    [InlineData("benchop compare 1 2", "There is no run yet.")]
    [InlineData("benchop tune --problem 1a --method cos --target 2", "--target 2 is out of range: specify a relative")]
    [InlineData(
        "benchop tune --problem 1a --method cos --target low",
        "--target 'low' is not valid: specify a number such as 1e-4."
    )]
    [InlineData("benchop tune --problem 1a --method cos --target nan", "--target 'nan' is not valid: specify a number")]
    [InlineData("benchop run --target 1e400", "--target '1e400' is not valid: specify a number")]
    [InlineData("submit noop --retry factor=NaN", "'factor=NaN' is not valid here. Use max=N, delay=DURATION,")]
    [InlineData("submit noop --retry jitter=1e400", "'jitter=1e400' is not valid here.")]
    [InlineData("submit noop --retry factor=", "'factor=' is not valid here.")]
    public async Task Invalid_usage_gives_exit_code_2_and_one_line_with_the_given_value(string line, string message)
    {
        var run = await CliProcess.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.StartsWith("headrace: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Empty(run.Out);
        Assert.Equal(ExitCode.Usage, run.Code);
    }

    [Theory]
    [InlineData("HEADRACE_LEASE", "NaNs")]
    [InlineData("HEADRACE_ORPHAN_GRACE", "Infinitys")]
    [InlineData("HEADRACE_SCALING__CHECK", "1e400s")]
    [InlineData("HEADRACE_POOLS", "a up_after=NaNs")]
    public async Task A_duration_that_is_not_finite_is_named_before_a_server_starts(string variable, string value)
    {
        var run = await CliProcess.RunAsync([(variable, value)], "up", "--data", "data", "--port", "0");

        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Out));
        Assert.Contains(value.Split('=')[^1], run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_server_the_exit_code_is_3_and_the_remedy_is_named()
    {
        var run = await CliProcess.RunAsync("jobs", "list", "--server", Client.ScriptedServer.UnusedAddress());

        Assert.Equal(ExitCode.Unreachable, run.Code);
        Assert.Contains(
            "nothing is listening at that address. Start a server with `headrace up`",
            run.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Missing_socket_means_that_the_server_cannot_be_reached()
    {
        var run = await CliProcess.RunAsync("jobs", "list", "--server", "unix:/nowhere/h.sock");

        Assert.Equal(ExitCode.Unreachable, run.Code);
    }

    [Fact]
    public async Task Misspelt_setting_in_the_users_configuration_is_rejected_by_name()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "headrace"));
        folder.Write("headrace/config.json", """{ "sever": "http://127.0.0.1:1" }""");

        var run = await CliProcess.RunAsync([("XDG_CONFIG_HOME", folder.Path)], "jobs", "list");

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(
            "contains the unknown setting 'sever'. Did you mean 'server'?",
            run.Error,
            StringComparison.Ordinal
        );
    }
}
