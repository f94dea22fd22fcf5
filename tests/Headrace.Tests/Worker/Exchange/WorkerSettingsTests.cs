using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

public sealed class WorkerSettingsTests
{
    private static WorkerEnvironment Around(
        Dictionary<string, string>? variables = null,
        IReadOnlyList<RunningServer>? servers = null,
        Func<int, string>? descriptor = null
    ) =>
        new()
        {
            ReadDescriptor = descriptor ?? (_ => throw new IOException("Bad file descriptor")),
            Sources = new DiscoverySources
            {
                Variable = name => variables?.GetValueOrDefault(name),
                ConfiguredServer = () => null,
                Running = () => servers ?? [],
                Accepts = _ => true,
                KeyFile = path => $"key-of-{path}",
            },
            Host = "My_Host.local",
            ProcessId = 4711,
            RandomBits = () => 0xABCDEF,
        };

    private static WorkerSettings Read(
        Dictionary<string, string> variables,
        IReadOnlyList<RunningServer>? servers = null,
        params string[] args
    )
    {
        var faults = new List<string>();
        var settings = WorkerSettings.Read(args, Around(variables, servers), faults);
        Assert.Empty(faults);
        return settings!;
    }

    private static string Fault(Dictionary<string, string> variables, params string[] args)
    {
        var faults = new List<string>();
        Assert.Null(WorkerSettings.Read(args, Around(variables), faults));
        return Assert.Single(faults);
    }

    private static Dictionary<string, string> At(string server) => new() { [WorkerProcess.Server] = server };

    [Fact]
    public void All_settings_are_read_from_the_environment_that_the_supervisor_sets()
    {
        var settings = Read(
            new()
            {
                [WorkerProcess.Server] = "unix:/run/headrace/a.sock",
                [WorkerProcess.Key] = "secret",
                [WorkerProcess.Name] = "host-local-2",
                [WorkerProcess.Incarnation] = "00000000000000ff",
                [WorkerProcess.Pool] = "local",
                [WorkerProcess.OrphanGrace] = "5s",
            },
            null,
            "--slots",
            "3"
        );

        Assert.Equal(("unix:/run/headrace/a.sock", "secret"), (settings.Server.ToString(), settings.Key));
        Assert.Equal(
            (new WorkerName("host-local-2"), new Incarnation(255), "local"),
            (settings.Self.Name, settings.Self.Incarnation, settings.Self.Pool)
        );
        Assert.Equal((3, TimeSpan.FromSeconds(5)), (settings.Rules.Slots, settings.Rules.OrphanGrace));
    }

    [Fact]
    public void A_key_that_the_supervisor_passes_through_a_descriptor_is_used_instead_of_any_other()
    {
        var faults = new List<string>();
        var variables = At("unix:/run/headrace/a.sock");
        variables[WorkerProcess.Key] = "other";
        variables[WorkerProcess.KeyDescriptor] = "5";
        var running = new RunningServer("http://127.0.0.1:8080", "/run/headrace/a.sock", "/data", "s", 1);

        var settings = WorkerSettings.Read(
            [],
            Around(variables, [running], descriptor => $"hrw_key-in-{descriptor}\n"),
            faults
        );

        Assert.Empty(faults);
        Assert.Equal("hrw_key-in-5", settings!.Key);
    }

    [Theory]
    [InlineData("5", "the descriptor cannot be read (Bad file descriptor)")]
    [InlineData("stdin", "it is not the number of a file descriptor")]
    [InlineData("-1", "it is not the number of a file descriptor")]
    public void A_descriptor_without_a_key_is_rejected_and_no_other_key_is_used(string descriptor, string expected)
    {
        var variables = At("unix:/run/headrace/a.sock");
        variables[WorkerProcess.KeyDescriptor] = descriptor;

        var fault = Fault(variables);

        Assert.Contains(
            $"{WorkerProcess.KeyDescriptor} is '{descriptor}', but {expected}",
            fault,
            StringComparison.Ordinal
        );
        Assert.Contains("unset it to start a worker manually", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_descriptor_is_rejected()
    {
        var faults = new List<string>();
        var variables = At("unix:/run/headrace/a.sock");
        variables[WorkerProcess.KeyDescriptor] = "0";

        Assert.Null(WorkerSettings.Read([], Around(variables, null, _ => " \n"), faults));

        Assert.Contains("the descriptor contains no key", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_manually_started_worker_has_a_name_of_its_own_that_tells_host_and_process()
    {
        var settings = Read(At("http://10.0.0.7:8080"));

        Assert.Equal(("http://10.0.0.7:8080", null), (settings.Server.ToString(), settings.Key));
        Assert.Equal(
            (new WorkerName("my-host.local-4711-00abcdef"), new Incarnation(0xABCDEF), "default"),
            (settings.Self.Name, settings.Self.Incarnation, settings.Self.Pool)
        );
        Assert.Equal((1, TimeSpan.FromMinutes(10)), (settings.Rules.Slots, settings.Rules.OrphanGrace));
        Assert.True(WorkerName.TryParse(settings.Self.Name.Text, out _));
    }

    [Fact]
    public void Without_an_address_a_worker_joins_the_running_server_of_this_user_with_its_key()
    {
        var settings = Read([], [new RunningServer("http://127.0.0.1:8080", "/run/a.sock", "/data", "store", 1)]);

        Assert.Equal(("unix:/run/a.sock", "key-of-/data/admin.key"), (settings.Server.ToString(), settings.Key));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:8080/")]
    [InlineData("unix:/run/a.sock")]
    public void The_key_of_an_explicit_server_of_this_user_is_found_too(string address) =>
        Assert.Equal(
            "key-of-/data/admin.key",
            Read(At(address), [new RunningServer("http://127.0.0.1:8080", "/run/a.sock", "/data", "store", 1)]).Key
        );

    [Fact]
    public void An_explicit_key_wins()
    {
        var settings = Read(
            new() { [WorkerProcess.Server] = "unix:/run/a.sock", [WorkerProcess.Key] = "mine" },
            [new RunningServer("http://127.0.0.1:8080", "/run/a.sock", "/data", "store", 1)]
        );

        Assert.Equal("mine", settings.Key);
    }

    [Fact]
    public void Without_any_server_the_message_names_both_remedies() =>
        Assert.Equal(
            "You have no server running on this machine, and HEADRACE_SERVER is not set. Start one "
                + "with `headrace up`, or set HEADRACE_SERVER to an address such as http://127.0.0.1:8080, "
                + "https://host/prefix or unix:/path/to.sock.",
            Fault([])
        );

    [Theory]
    [InlineData(WorkerProcess.Server, "localhost:8080")]
    [InlineData(WorkerProcess.Server, "unix:relative.sock")]
    [InlineData(WorkerProcess.Server, "http://a:1,http://b:2")]
    [InlineData(WorkerProcess.Server, "http://host/?key=1")]
    [InlineData(WorkerProcess.Name, "Not A Name")]
    [InlineData(WorkerProcess.Incarnation, "12")]
    [InlineData(WorkerProcess.Incarnation, "0000000000000000")]
    [InlineData(WorkerProcess.Pool, "a/b")]
    [InlineData(WorkerProcess.OrphanGrace, "soon")]
    [InlineData(WorkerProcess.OrphanGrace, "NaNs")]
    public void An_invalid_variable_is_reported_with_its_value(string variable, string value)
    {
        var variables = At("unix:/run/a.sock");
        variables[variable] = value;

        Assert.StartsWith($"{variable} is '{value}', which is not valid.", Fault(variables), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "--slots is '0', which is not valid. Specify the number of jobs to run at the same time, from 1 to 1024",
        "--slots",
        "0"
    )]
    [InlineData("--slots is 'many', which is not valid. Specify the number of jobs", "--slots", "many")]
    [InlineData("--slots is '-1', which is not valid. Specify the number of jobs", "--slots=-1")]
    [InlineData("--slots is '', which is not valid. Specify the number of jobs", "--slots")]
    [InlineData("Unknown argument '--slot'. A worker accepts --slots N, --describe and --help.", "--slot")]
    public void An_invalid_argument_is_reported_by_name(string words, params string[] args) =>
        Assert.StartsWith(words, Fault(At("unix:/run/a.sock"), args), StringComparison.Ordinal);

    [Fact]
    public void All_errors_are_reported_together()
    {
        var faults = new List<string>();

        WorkerSettings.Read(
            ["--slots", "0"],
            Around(new() { [WorkerProcess.Name] = "?", [WorkerProcess.Server] = "?" }),
            faults
        );

        Assert.Equal(3, faults.Count);
    }
}
