using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Runs shell commands in this checkout as a user with an empty home directory and no settings would. On disposal, it
/// ends the processes that are still running, the most recent first.
/// </summary>
internal sealed class CheckoutShell : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly TemporaryFolder _home = new();
    private readonly Stack<(string Command, Process Process)> _running = new();

    /// <summary>Runs a script in which every command must succeed. Returns its standard output.</summary>
    public async Task<string> RunAsync(string script)
    {
        using var timeout = CreateTimeout();
        using var process = Start(script, ownSession: false);
        try
        {
            var (output, error) = (
                process.StandardOutput.ReadToEndAsync(timeout.Token),
                process.StandardError.ReadToEndAsync(timeout.Token)
            );
            await process.WaitForExitAsync(timeout.Token);
            Assert.True(
                process.ExitCode == 0,
                $"{script}\nexited with {process.ExitCode}:\n{await output}{await error}"
            );
            return await output;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{script}\ndid not exit within {Deadline}.");
        }
    }

    /// <summary>
    /// Starts a process that keeps running, and waits until it has printed each of these lines, in this order and
    /// possibly with other lines in between. Returns the lines as printed.
    /// </summary>
    public async Task<IReadOnlyList<string>> StartAsync(string script, IReadOnlyList<string> printed)
    {
        using var timeout = CreateTimeout();
        var process = Start(script, ownSession: true);
        _running.Push((script, process));
        var lines = Channel.CreateUnbounded<string?>();
        process.OutputDataReceived += (_, line) => lines.Writer.TryWrite(line.Data);
        process.ErrorDataReceived += (_, line) => lines.Writer.TryWrite(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var (all, found) = (new StringBuilder(), new List<string>());
        try
        {
            while (found.Count < printed.Count)
            {
                var line = await lines.Reader.ReadAsync(timeout.Token);
                all.AppendLine(line);
                if (line is null)
                    Assert.Fail($"{script}\nexited before writing\n{printed[found.Count]}\nIts output was\n{all}");
                if (PrintedOutput.Matches(printed[found.Count], line))
                    found.Add(line);
            }
            return found;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(
                $"{script}\ndid not write\n{printed[found.Count]}\nwithin {Deadline}. Its output was\n{all}"
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var running))
        {
            using var process = running.Process;
            if (process.HasExited)
                continue;
            Signal("TERM", process);
            using var timeout = new CancellationTokenSource(Deadline);
            try
            {
                await process.WaitForExitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                Signal("KILL", process);
                throw new TimeoutException($"{running.Command}\ndid not exit within {Deadline} after SIGTERM.");
            }
        }
        _home.Dispose();
    }

    private Process Start(string script, bool ownSession)
    {
        var start = new ProcessStartInfo(ownSession ? "setsid" : "bash")
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (
            var argument in (string[])
                [.. ownSession ? ["bash"] : Array.Empty<string>(), "-euo", "pipefail", "-c", script]
        )
            start.ArgumentList.Add(argument);
        var set = start.Environment;
        foreach (
            var name in set
                .Keys.Where(k =>
                    k.StartsWith("HEADRACE_", StringComparison.Ordinal)
                    || k.StartsWith("XDG_", StringComparison.Ordinal)
                )
                .ToList()
        )
            set.Remove(name);
        // Uses the NuGet packages in the home directory of the user who built the tests, because the empty home
        // directory contains none.
        set.TryAdd(
            "NUGET_PACKAGES",
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages")
        );
        set["DOTNET_NOLOGO"] = set["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        set["HOME"] = _home.Path;
        set["XDG_RUNTIME_DIR"] = _home.Path;
        return Process.Start(start) ?? throw new InvalidOperationException($"{script}\ndid not start.");
    }

    /// <summary>Sends the signal to the entire process group, which runs in its own session.</summary>
    private static void Signal(string signal, Process process)
    {
        using var kill = Process.Start(
            "kill",
            ["-s", signal, "--", (-process.Id).ToString(CultureInfo.InvariantCulture)]
        );
        kill.WaitForExit();
    }

    private static CancellationTokenSource CreateTimeout()
    {
        var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Deadline);
        return timeout;
    }
}
