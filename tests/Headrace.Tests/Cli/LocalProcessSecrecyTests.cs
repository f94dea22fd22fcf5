using System.Text;
using System.Text.RegularExpressions;
using Headrace.Protocol.Local;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Checks the environment, the command line and the open files of every process below a pool. None of them may contain
/// the admin key or an API key, even though the server has a key in its own environment.
/// </summary>
[Trait("Needs", "Servers")]
public sealed partial class LocalProcessSecrecyTests : IDisposable
{
    private const int Workers = 2;

    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("hr_")]
    [InlineData("hrk_nightly_")]
    public async Task No_process_below_a_pool_holds_the_key_of_the_server_or_of_its_user(string prefix)
    {
        // Each worker starts a child process, which inherits the worker's environment and open files.
        var script = _home.Write(
            "worker.sh",
            Encoding.ASCII.GetBytes($"#!/bin/sh\nsleep 600 &\nexec {CliProcess.Executable} worker start \"$@\"\n")
        );
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var data = Path.Combine(_home.Path, "data");
        using var server = CliProcess.Start(
            _home.Path,
            [("XDG_RUNTIME_DIR", _home.Path), (WorkerProcess.Key, prefix + new string('x', 43))],
            "up",
            "--json",
            "--data",
            data,
            "--port",
            "0",
            "--pools",
            $"own command={script} min={Workers} max={Workers}"
        );
        try
        {
            // The second line states that the workers have joined, which they can do only with their keys.
            for (var line = 0; line < 2; line++)
                Assert.NotNull(
                    await server
                        .StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
                        .AsTask()
                        .WaitAsync(Eventually.WithProcesses, TestContext.Current.CancellationToken)
                );
            var processes = ProcessesBelow();
            Assert.InRange(processes.Count, 2 * Workers, int.MaxValue);

            Assert.Matches(Secret(), ProcText(server.Id, "environ"));
            Assert.Matches(
                Secret(),
                await File.ReadAllTextAsync(LocalPaths.AdminKey(data), TestContext.Current.CancellationToken)
            );
            foreach (var process in processes)
            {
                Assert.DoesNotMatch(Secret(), ProcText(process, "environ"));
                Assert.DoesNotMatch(Secret(), ProcText(process, "cmdline"));
                foreach (var file in Directory.GetFiles($"/proc/{process}/fd"))
                {
                    var target = new FileInfo(file).LinkTarget;
                    Assert.False(target?.StartsWith(data, StringComparison.Ordinal), $"{file} is {target}.");
                    if (
                        target is not null
                        && File.Exists(target)
                        && !target.StartsWith("/dev/", StringComparison.Ordinal)
                    )
                        Assert.DoesNotMatch(
                            Secret(),
                            await File.ReadAllTextAsync(target, TestContext.Current.CancellationToken)
                        );
                }
            }
        }
        finally
        {
            Signals.Send("TERM", server.Id);
            using var late = new CancellationTokenSource(Eventually.WithProcesses);
            await server.WaitForExitAsync(late.Token);
            // The child processes that the script started do not belong to the worker, so draining the worker does not
            // end them.
            foreach (var process in ProcessesBelow())
                OsProcess.Kill(process);
        }
    }

    /// <summary>Returns the processes that have this server's address in their environment.</summary>
    private List<int> ProcessesBelow() =>
        [
            .. ProcFs
                .Processes()
                .Where(process =>
                    ProcFs.Environment(process)[WorkerProcess.Server]?.Contains(_home.Path, StringComparison.Ordinal)
                    == true
                ),
        ];

    private static string ProcText(int process, string file) => File.ReadAllText($"/proc/{process}/{file}");

    /// <summary>Matches an admin key, a worker secret or an API key.</summary>
    [GeneratedRegex("hr(?:s|k_[a-z]+)?_[A-Za-z0-9_-]{43}")]
    private static partial Regex Secret();
}
