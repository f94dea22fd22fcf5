using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Server.Pools.Local;

/// <summary>A local worker process, which is the leader of its own session (<see cref="OwnSession"/>).</summary>
internal sealed class WorkerChild : IDisposable
{
    private readonly Process _process;
    private bool _signalled;

    private WorkerChild(Process process, LeaseHolder self) => (_process, Self) = (process, self);

    public LeaseHolder Self { get; }

    public int ProcessId => _process.Id;

    /// <summary>Whether the process was asked to exit, or was killed because it did not exit in time.</summary>
    public bool StopRequested { get; private set; }

    /// <summary>The last line that the process wrote; null if there is none.</summary>
    public string? LastLine { get; private set; }

    /// <summary>
    /// Starts a process. If the program cannot be started, throws <see cref="HeadraceException"/> with the reason.
    /// </summary>
    public static WorkerChild Start(PoolSettings settings, LeaseHolder self)
    {
        var program = settings.Command.Program;
        var start = settings.Command.CreateStart();
        start.Environment[WorkerProcess.Server] = settings.Reach();
        // The kernel shows the environment of a process for as long as the process runs, so the key is passed through
        // standard input.
        start.Environment[WorkerProcess.KeyDescriptor] = "0";
        start.Environment[WorkerProcess.Name] = self.Worker.Text;
        start.Environment[WorkerProcess.Incarnation] = self.Incarnation.ToString();
        start.Environment[WorkerProcess.Pool] = settings.Name;
        start.Environment[WorkerProcess.OrphanGrace] = DurationText.ToText(settings.OrphanGrace);
        try
        {
            var process =
                Process.Start(start) ?? throw new HeadraceException($"The worker program {program} did not start.");
            SendKey(process, settings.IssueKey(self));
            return new WorkerChild(process, self);
        }
        catch (Win32Exception refused)
        {
            throw new HeadraceException($"The worker program {program} cannot be started: {refused.Message}", refused);
        }
    }

    /// <summary>
    /// Reads the output of the process and reports each line through the callback <paramref name="line"/>. Returns when
    /// the process has exited, even if a child process keeps the output open.
    /// </summary>
    public async Task<ProcessEnd> EndAsync(Action<LeaseHolder, string> line)
    {
        var reading = Task.WhenAll(ReadAsync(_process.StandardOutput, line), ReadAsync(_process.StandardError, line));
        await _process.WaitForExitAsync(CancellationToken.None);
        // The pipe already contains the last output of the process. The wait for that output is limited, because a
        // child process may keep the pipe open.
        await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(100)));
        return ProcessEnd.Of(_process.ExitCode, StopRequested);
    }

    /// <summary>
    /// Records that the server has instructed the process to finish its jobs and exit, so that its exit does not count
    /// as a crash.
    /// </summary>
    public void MarkStopping() => StopRequested = true;

    /// <summary>Asks the process to finish its jobs and exit.</summary>
    public void Drain()
    {
        StopRequested = true;
        if (_signalled)
            return;
        _signalled = true;
        Unix.Signal(ProcessId, Unix.SigTerm);
    }

    /// <summary>Kills the process and its process group at once.</summary>
    public void Kill()
    {
        StopRequested = true;
        Unix.Signal(-ProcessId, Unix.SigKill);
        // Kills the process by its own id as well, because a process that has just started may not lead its session
        // yet.
        Unix.Signal(ProcessId, Unix.SigKill);
    }

    public void Dispose() => _process.Dispose();

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Self.Worker} (process {ProcessId})");

    private static void SendKey(Process process, string key)
    {
        try
        {
            // The key fits into the pipe buffer, so this call does not wait for the process to read it.
            process.StandardInput.WriteLine(key);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The process has closed its standard input or has already exited. If it has exited, this is reported as
            // usual.
        }
    }

    private async Task ReadAsync(StreamReader output, Action<LeaseHolder, string> line)
    {
        await foreach (var text in BoundedLines.ReadAsync(output))
        {
            LastLine = text;
            line(Self, text);
        }
    }
}
