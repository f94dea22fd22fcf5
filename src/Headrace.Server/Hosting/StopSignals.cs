using System.Runtime.InteropServices;

namespace Headrace.Server.Hosting;

/// <summary>
/// The two stages of stopping a server process. The first SIGTERM, Ctrl-C or closing of the terminal starts draining;
/// the second abandons running jobs.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() =>
        _registrations = [
            .. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(signal =>
                PosixSignalRegistration.Create(signal, OnSignal)
            ),
        ];

    public CancellationToken Drain => _drain.Token;

    public CancellationToken Abandon => _abandon.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _drain.Dispose();
        _abandon.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true; // the default handler ends the process immediately
        if (_drain.IsCancellationRequested)
            _abandon.Cancel();
        else
            _drain.Cancel();
    }
}
