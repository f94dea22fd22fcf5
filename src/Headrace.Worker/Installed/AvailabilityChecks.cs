using System.Collections.Concurrent;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Installed;

/// <summary>States whether a method can run on this machine, as far as this is known.</summary>
internal enum Availability
{
    /// <summary>The check has not ended.</summary>
    Unknown,
    Available,
    Unavailable,
}

/// <summary>
/// Runs the checks of the installed methods one after another on a separate thread, and keeps their results. A method
/// that is unavailable is checked again every minute, because the user may have installed the missing component.
/// </summary>
internal sealed class AvailabilityChecks : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Executions _executions;
    private readonly TimeProvider _time;
    private readonly BlockingCollection<InstalledMethod> _due = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();

    // Guarded by _lock. The key is the path of the manifest.
    private readonly Dictionary<string, Finding> _findings = [];
    private Thread? _thread;
    private bool _hasNews;

    public AvailabilityChecks(Executions executions, TimeProvider time) => (_executions, _time) = (executions, time);

    /// <summary>
    /// Gets a value indicating whether a check has ended since the last call to <see cref="TakeNews"/>, or a check must
    /// be repeated.
    /// </summary>
    public bool HasNews
    {
        get
        {
            lock (_lock)
                return _hasNews || _findings.Values.Any(IsOver);
        }
    }

    /// <summary>Marks all current results as seen. The caller then examines all methods.</summary>
    public void TakeNews()
    {
        lock (_lock)
            _hasNews = false;
    }

    /// <summary>
    /// Returns the known availability of a method, and the reason if it is unavailable. Schedules a check if this
    /// manifest content has not been checked, or if the last check is outdated.
    /// </summary>
    public (Availability Availability, string Reason) Of(InstalledMethod method)
    {
        if (method.Manifest!.Check.Count == 0)
            return (Availability.Available, "");
        lock (_lock)
        {
            var known = _findings.TryGetValue(method.File, out var finding) && finding.Stamp == method.Stamp;
            if (!known || IsOver(finding!))
            {
                // The availability of the method does not change until the repeated check has ended.
                _findings[method.File] = new Finding(
                    method.Stamp,
                    known ? finding!.Availability : Availability.Unknown,
                    known ? finding!.Reason : "",
                    null
                );
                _due.Add(method);
                _thread ??= Start();
            }
            return (_findings[method.File].Availability, _findings[method.File].Reason);
        }
    }

    /// <summary>
    /// Returns a description of the components that the last check of this manifest content found to be missing; empty
    /// if none are missing, null if there was no check.
    /// </summary>
    public string? FindingOf(InstalledMethod method)
    {
        if (method.Manifest!.Check.Count == 0)
            return "";
        lock (_lock)
            return _findings.TryGetValue(method.File, out var finding) && finding.Stamp == method.Stamp
                ? finding.Reason
                : null;
    }

    public void Dispose()
    {
        _due.CompleteAdding();
        _stop.Cancel();
        _thread?.Join();
        _due.Dispose();
        _stop.Dispose();
    }

    private Thread Start()
    {
        var thread = new Thread(RunChecks) { IsBackground = true, Name = "method checks" };
        thread.Start();
        return thread;
    }

    private void RunChecks()
    {
        foreach (var method in _due.GetConsumingEnumerable())
        {
            if (_stop.IsCancellationRequested)
                return;
            var reason = MethodCheck.Run(method.Manifest!, _executions, _stop.Token);
            lock (_lock)
            {
                if (_findings[method.File].Stamp != method.Stamp)
                    continue; // The manifest has since changed, and the new version has its own check.
                _findings[method.File] = new Finding(
                    method.Stamp,
                    reason is null ? Availability.Available : Availability.Unavailable,
                    reason ?? "",
                    _time.GetTimestamp()
                );
                _hasNews = true;
            }
        }
    }

    private bool IsOver(Finding finding) =>
        finding is { Availability: Availability.Unavailable, FoundAt: { } at } && _time.GetElapsedTime(at) >= Period;

    /// <summary>The result of a check.</summary>
    /// <param name="Stamp">The manifest content that was checked.</param>
    /// <param name="Availability">Whether the method is available.</param>
    /// <param name="Reason">The reason why it is unavailable.</param>
    /// <param name="FoundAt">When the check ended; null while it is due.</param>
    private sealed record Finding(string Stamp, Availability Availability, string Reason, long? FoundAt);
}
