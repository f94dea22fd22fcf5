using System.Diagnostics;
using System.Text.Json;
using Headrace.Server.Machine;

namespace Headrace.Bench;

/// <summary>One process of the measured server, <c>headrace up</c>.</summary>
internal sealed class ServerChild : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<string?> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerChild(Process process, string log)
    {
        _process = process;
        Ended = Task.WhenAll(ReadOutputAsync(), ReadErrorsAsync(log), process.WaitForExitAsync());
    }

    public long StartedAt { get; private init; }

    /// <summary>The time at which the server had loaded its store and started listening; 0 before that.</summary>
    public long ListeningAt { get; private set; }

    /// <summary>The memory bound that the server printed when it started, in bytes.</summary>
    public long MemoryBound { get; private set; }

    public int ProcessId => _process.Id;

    public Task Ended { get; }

    public int ExitCode => _process.ExitCode;

    /// <summary>The last line that the server wrote to standard error.</summary>
    public string LastErrorLine { get; private set; } = "";

    /// <summary>
    /// A task that returns the path of the server's socket once it listens; null if the process ends first.
    /// </summary>
    public Task<string?> Listening => _listening.Task;

    /// <summary>A task that returns true once the workers have joined; false if the process ends first.</summary>
    public Task<bool> Joined => _joined.Task;

    public static ServerChild Start(ServerPlace place)
    {
        var began = BenchClock.Monotonic;
        return new ServerChild(StartedProgram.Headrace(place.Arguments, place.Environment), place.Log)
        {
            StartedAt = began,
        };
    }

    /// <summary>Sends a signal by its number; see <see cref="Unix"/>.</summary>
    public void Signal(int signal) => Unix.Signal(ProcessId, signal);

    public void Dispose() => _process.Dispose();

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!_listening.Task.IsCompleted)
            {
                ListeningAt = BenchClock.Monotonic;
                var ready = JsonElement.Parse(line);
                // Older versions of the program do not print a bound. They can be measured for comparison.
                MemoryBound = ready.TryGetProperty("memoryBytes", out var bytes) ? bytes.GetInt64() : 0;
                _listening.TrySetResult(ready.GetProperty("socket").GetString());
            }
            else
                _joined.TrySetResult(true);
        }
        _listening.TrySetResult(null);
        _joined.TrySetResult(false);
    }

    private async Task ReadErrorsAsync(string log)
    {
        await using var file = new StreamWriter(log, append: true) { AutoFlush = true };
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            LastErrorLine = line;
            await file.WriteLineAsync(line);
        }
    }
}
