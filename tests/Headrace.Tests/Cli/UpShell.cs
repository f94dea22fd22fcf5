using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>A server without workers, started by a shell so that the shell can limit its resources.</summary>
internal sealed class UpShell : IDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly Process _process;

    /// <param name="preparation">Shell commands that precede the server, each followed by a semicolon.</param>
    public UpShell(string preparation = "") =>
        _process = CliProcess.StartShell(
            _home.Path,
            $"{preparation} exec \"$0\" up --json --port 0 --workers 0 --data data"
        );

    public string Data => Path.Combine(_home.Path, "data");

    /// <summary>Waits until the server is listening, and returns its port and its Unix socket.</summary>
    public async Task<(int Port, string Socket)> ReadyAsync()
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Headrace.Tests.Server.Eventually.WithProcesses);
        var ready = JsonElement.Parse(await _process.StandardOutput.ReadLineAsync(late.Token) ?? "{}");
        return (new Uri(ready.GetProperty("url").GetString()!).Port, ready.GetProperty("socket").GetString()!);
    }

    /// <summary>Waits until the server exits on its own.</summary>
    public Task<CliProcess> EndAsync() => CliProcess.EndAsync(_process, "up");

    /// <summary>Asks the server to stop, and waits until it has exited.</summary>
    public Task<CliProcess> StopAsync()
    {
        Signals.Send("TERM", _process.Id);
        return EndAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        _home.Dispose();
    }
}
