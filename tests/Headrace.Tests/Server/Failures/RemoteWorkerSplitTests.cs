using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;
using Headrace.Tests.Cli;
using Headrace.Tests.Server.Takeover;
using Xunit;

namespace Headrace.Tests.Server.Failures;

/// <summary>
/// Tests a worker on another machine that connects over TLS with a worker key, as described in docs/security.md. The
/// link between the machines is cut while the worker runs a job.
/// </summary>
[Trait("Needs", "Servers")]
[Collection(FailuresTakeTurns.Name)]
public sealed class RemoteWorkerSplitTests : IDisposable
{
    private const double LeaseSeconds = 3;
    private const int ShortJobs = 10;

    private readonly ThrowAwayFolder _home = new();
    private readonly ConcurrentQueue<string> _output = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_link_that_is_cut_and_restored_loses_no_job_and_records_none_twice()
    {
        var work = Hashing.For(TimeSpan.FromSeconds(3));
        await using var machines = await TwoMachines.CreateAsync();
        using var server = CliProcess.StartIn(
            machines.ServerMachine,
            _home.Path,
            [("XDG_RUNTIME_DIR", _home.Path), ("HEADRACE_LEASE", $"{LeaseSeconds}s")],
            "up",
            "--json",
            "--data",
            _home["data"],
            "--port",
            "0",
            "--workers",
            "0",
            "--listen",
            $"{TwoMachines.ServerAddress}:8443",
            "--dev-certificate"
        );
        Process? worker = null;
        try
        {
            Collect(server.StandardError);
            var ready = JsonElement.Parse(
                await server.StandardOutput.ReadLineAsync(Stop).AsTask().WaitAsync(Eventually.WithProcesses, Stop)
                    ?? string.Join('\n', _output)
            );
            var socket = ready.GetProperty("socket").GetString()!;
            using var client = new HeadraceClient(
                new HeadraceClientOptions
                {
                    Server = $"unix:{socket}",
                    Key = (await File.ReadAllTextAsync(LocalPaths.AdminKey(_home["data"]), Stop)).Trim(),
                }
            );
            worker = CliProcess.StartIn(
                machines.WorkerMachine,
                _home.Path,
                [
                    (WorkerProcess.Key, await CreateWorkerKeyAsync(socket)),
                    ("SSL_CERT_FILE", _home["data/dev-certificate.crt"]),
                ],
                "worker",
                "start",
                "--server",
                ready.GetProperty("networkUrl").GetString()!,
                "--pool",
                "far",
                "--methods",
                "sha512"
            );
            Collect(worker.StandardError);
            await SeesAsync("the worker to join", client, one => one.Offers.Count > 0);
            var ids = new List<string>();
            foreach (var fault in Enum.GetValues<LinkFault>())
            {
                // The length of the job is an estimate. If the job ends before the link is cut, the test repeats the
                // cut with another job.
                var cuts = 0;
                while (!await CutDuringJobAsync(fault))
                    Assert.True(++cuts < 5, $"five jobs ended before the link was cut ({fault})");
            }

            // A queue's counter includes every recorded outcome.
            var count = Assert.Single((await client.GetQueueAsync("default", Stop)).Counts, each => each.Jobs > 0);
            Assert.Equal(("succeeded", ids.Count), (count.State, (int)count.Jobs));
            Assert.All(await StatesAsync(client, ids), state => Assert.Equal("succeeded", state));
            Assert.False(worker.HasExited, string.Join('\n', _output));

            async Task<bool> CutDuringJobAsync(LinkFault fault)
            {
                var running = (await client.SubmitAsync(work.Job(), Stop)).Id;
                ids.Add(running);
                for (var i = 0; i < ShortJobs; i++)
                    ids.Add((await client.SubmitAsync(Hashing.Once.Job(), Stop)).Id);
                await SeesAsync("the worker to hold the job", client, one => one.Leases.Any(Holds));

                await machines.CutAsync(fault);
                await SeesAsync(
                    $"the leases to expire ({fault})",
                    client,
                    one => one.SilentSeconds >= LeaseSeconds && one.Leases.Count == 0
                );
                var interrupted = (await StatesAsync(client, ids)).Any(state => state != "succeeded");
                await machines.HealAsync(fault);

                foreach (var id in ids)
                    await client.WaitAsync(id, Eventually.WithProcesses, Stop);
                Assert.Equal(
                    work.Digest,
                    Encoding.ASCII.GetString((await client.GetResultAsync(running, Stop)).Bytes.Span)
                );
                return interrupted;

                bool Holds(string lease) => lease.StartsWith($"{running}#", StringComparison.Ordinal);
            }
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} Output of the processes:\n{string.Join('\n', _output)}");
        }
        finally
        {
            foreach (var process in new[] { worker, server }.OfType<Process>())
            {
                if (!process.HasExited)
                    Unix.Signal(process.Id, Unix.SigKill);
                await process.WaitForExitAsync(CancellationToken.None);
            }
            worker?.Dispose();
        }
    }

    private async Task<string> CreateWorkerKeyAsync(string socket)
    {
        using var http = ServerScene.OverSocket(socket);
        http.DefaultRequestHeaders.Authorization = new(
            "Bearer",
            (await File.ReadAllTextAsync(LocalPaths.AdminKey(_home["data"]), Stop)).Trim()
        );
        using var response = await http.PostAsync(
            "/v1/keys",
            FrontScene.Json("""{"name":"machine2","roles":["worker"],"pool":"far"}"""),
            Stop
        );
        return (
            await FrontScene.ReadAsync(response, System.Net.HttpStatusCode.Created, HeadraceJson.Default.KeyReply)
        ).Key!;
    }

    /// <summary>Polls the only worker until it meets a condition.</summary>
    private static Task<WorkerReply> SeesAsync(string what, HeadraceClient client, Func<WorkerReply, bool> holds) =>
        Eventually.SeesAsync(
            what,
            async () => (await client.ListWorkersAsync(Stop)).SingleOrDefault(holds),
            Eventually.WithProcesses
        );

    private static async Task<List<string>> StatesAsync(HeadraceClient client, IReadOnlyList<string> ids)
    {
        var states = new List<string>();
        foreach (var id in ids)
            states.Add((await client.GetJobAsync(id, Stop)).State);
        return states;
    }

    /// <summary>Collects the lines of a stream until its process ends.</summary>
    private void Collect(StreamReader reader) =>
        _ = Task.Run(
            async () =>
            {
                while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
                    _output.Enqueue(line);
            },
            CancellationToken.None
        );
}
