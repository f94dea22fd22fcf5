using System.Diagnostics.CodeAnalysis;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Warm;

/// <summary>
/// Runs the calls of a warm method in a process or a group of ranks. Used by one thread at a time. Nothing here waits
/// except <see cref="Poll"/> and <see cref="Retire"/>.
/// </summary>
internal interface IWarmProcess : IDisposable
{
    /// <summary>Gets the id of the process that was started, which is also its session id.</summary>
    int Id { get; }

    /// <summary>Gets the scratch folder, which is the working folder unless the manifest names another one.</summary>
    ScratchFolder Folder { get; }

    /// <summary>Gets the last line that was written to standard error; empty if there is none.</summary>
    string LastErrorLine { get; }

    /// <summary>
    /// Gets a description of the process or rank that has closed its end of the protocol, for use as the subject of a
    /// sentence; null if none has.
    /// </summary>
    string? ClosedBy { get; }

    /// <summary>
    /// Gets the reason why the process counts as dead even though it has not exited, worded as the rest of a sentence
    /// whose subject is the process; null if it does not count as dead.
    /// </summary>
    string? Unresponsive { get; }

    /// <summary>Sends as much of a frame as the process currently accepts.</summary>
    void Send(WarmFrame frame);

    /// <summary>
    /// Takes the next complete frame that was received. Throws <see cref="WarmProtocolException"/> if it is not valid.
    /// </summary>
    bool TryTake([NotNullWhen(true)] out WarmFrame? frame);

    void DiscardReceived();

    /// <summary>
    /// Transfers what an idle process has sent, and looks whether it has closed an end of the protocol. Does not wait.
    /// </summary>
    void CheckIdle();

    /// <summary>
    /// Waits until an event occurs or the time has passed. Then transfers as much as possible: frames in both
    /// directions, and the output.
    /// </summary>
    /// <param name="milliseconds">The longest wait; 0 does not wait.</param>
    void Poll(int milliseconds);

    /// <summary>
    /// Returns how the process ended, once all of its output has been read; null while it is running.
    /// </summary>
    ExitStatus? TryReap();

    /// <summary>Kills the process and everything that it started.</summary>
    void Kill();

    /// <summary>
    /// Asks the process to exit, waits for it to exit, kills any remaining processes and releases its resources.
    /// Returns within the grace period, and kills the process at once when the worker ends.
    /// </summary>
    void Retire(TimeSpan grace, CancellationToken workerEnds);
}
