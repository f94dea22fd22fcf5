using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Headrace.Commands.Output;

namespace Headrace.Bench.Speed;

/// <summary>Controls the load process from its parent process.</summary>
internal sealed class LoadProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private LoadProcess(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    public int ProcessId => _process.Id;

    public static async Task<LoadProcess> StartAsync(LoadTarget told, IReadOnlyDictionary<string, string> environment)
    {
        var load = new LoadProcess(StartedProgram.Bench([LoadCommand.Name], environment, keepInput: true));
        await load._process.StandardInput.WriteLineAsync(Format.Json(told, BenchJson.Default.LoadTarget));
        await load._process.StandardInput.FlushAsync();
        return load;
    }

    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        string? line = null;
        try
        {
            await _process.StandardInput.WriteLineAsync(count.ToString(CultureInfo.InvariantCulture));
            await _process.StandardInput.FlushAsync(stop);
            line = await _process.StandardOutput.ReadLineAsync(stop).AsTask().WaitAsync(Limit, stop);
        }
        catch (IOException)
        {
            // The process has ended. Its standard error states the reason.
        }
        return line is null
            ? throw new IOException($"The load process exited: {(await _errors).Trim()}")
            : JsonSerializer.Deserialize(line, BenchJson.Default.LoadRound)!;
    }

    public void Dispose()
    {
        // The process exits at the end of its input. If it hangs, it is killed, so that it does not outlive the
        // measurement.
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The process has already exited.
        }
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
    }
}
