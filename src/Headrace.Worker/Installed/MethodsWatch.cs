using Headrace.Core;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Installed;

/// <summary>
/// Offers the installed methods in addition to the worker's other methods, and watches their folder for changes while
/// the worker runs. A manifest that contains errors, that conflicts with another method, or whose method cannot run on
/// this machine, is reported in the log and affects nothing else. While a manifest contains errors, for example because
/// it is being edited, or if its schemas have changed, the worker keeps offering the method as it was.
/// </summary>
internal sealed class MethodsWatch : IDisposable
{
    /// <summary>
    /// Interval between checks of the folder. It is short enough for a change to take effect within two seconds.
    /// </summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly HeadraceWorker _worker;
    private readonly MethodsFolder _folder;
    private readonly Func<string, bool> _isWanted;
    private readonly Action<string> _log;
    private readonly TimeProvider _time;
    private readonly Executions _executions;
    private readonly AvailabilityChecks _checks;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly Dictionary<MethodRef, (MethodBuilder Builder, InstalledMethod Method)> _mapped = [];
    private readonly Dictionary<string, WarmHealth> _health = [];
    private readonly Dictionary<string, string> _loggedStamps = [];
    private string _stamp = "";
    private bool _disposed;

    private MethodsWatch(
        HeadraceWorker worker,
        MethodsFolder folder,
        Func<string, bool> isWanted,
        Action<string> log,
        TimeProvider time
    )
    {
        (_worker, _folder, _isWanted, _log, _time) = (worker, folder, isWanted, log, time);
        _executions = new Executions(time);
        _checks = new AvailabilityChecks(_executions, time);
        _timer = time.CreateTimer(_ => Check(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Maps the installed methods, and keeps them up to date until disposal.</summary>
    /// <param name="worker">The worker, which has not started yet.</param>
    /// <param name="folder">The folder of the installed methods.</param>
    /// <param name="isWanted">Returns whether the worker should offer the method with this name.</param>
    /// <param name="log">Receives messages about manifests that are not used.</param>
    /// <param name="time">The clock that times the checks.</param>
    public static MethodsWatch Start(
        HeadraceWorker worker,
        MethodsFolder folder,
        Func<string, bool> isWanted,
        Action<string> log,
        TimeProvider time
    )
    {
        var watch = new MethodsWatch(worker, folder, isWanted, log, time);
        watch.Check();
        watch._timer.Change(Period, Period);
        return watch;
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
            _disposed = true;
        _checks.Dispose();
        _executions.Dispose();
    }

    private void Check()
    {
        lock (_lock)
            try
            {
                if (_disposed || _folder.Stamp() is var stamp && stamp == _stamp && !_checks.HasNews && !AnyOutdated())
                    return;
                _checks.TakeNews();
                Apply(_folder.List());
                _stamp = stamp;
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                // The folder was changed during the check, or cannot be read. The next check tries again.
            }
    }

    private void Apply(IReadOnlyList<InstalledMethod> methods)
    {
        foreach (var method in methods.Where(method => method.Manifest is null))
            LogOnce(method, $"is not used: {method.Faults[0]}");
        var wanted = methods
            .Where(method => method.Manifest is { } manifest && _isWanted(manifest.Name.Name.Text))
            .ToLookup(IsChecked);
        var kept = wanted[true].Where(HasOtherSchemas).Select(method => method.Manifest!.Name).ToHashSet();
        var valid = wanted[true]
            .Where(method => !kept.Contains(method.Manifest!.Name))
            .ToDictionary(method => method.Manifest!.Name);
        var undecided = methods
            .Where(method => method.Manifest is null)
            .Concat(wanted[false])
            .Select(method => method.File)
            .ToHashSet();
        var changed = false;
        foreach (var (name, mapped) in _mapped.ToList())
            if (
                valid.TryGetValue(name, out var now)
                    ? now.Stamp != mapped.Method.Stamp
                        || now.File != mapped.Method.File
                        || IsOutdated(mapped.Builder, now)
                    : !undecided.Contains(mapped.Method.File) && !kept.Contains(name)
            )
            {
                _worker.Unmap(mapped.Builder);
                _mapped.Remove(name);
                changed = true;
            }
        foreach (var (name, method) in valid)
            if (!_mapped.ContainsKey(name) && TryMap(method) is { } builder)
            {
                _mapped.Add(name, (builder, method));
                changed = true;
            }
        if (changed)
            _worker.PublishMethods();
    }

    /// <summary>
    /// Returns whether the schemas of a changed manifest differ from those that this worker offers. The server would
    /// refuse the new ones (R22), so the method stays as it was.
    /// </summary>
    private bool HasOtherSchemas(InstalledMethod method)
    {
        if (
            !_mapped.TryGetValue(method.Manifest!.Name, out var mapped)
            || SchemaConflicts
                .Between(mapped.Method.Manifest!.ParamsSchema, mapped.Method.Manifest.ResultSchema, method.Manifest)
                .FirstOrDefault()
                is not { } difference
        )
            return false;
        LogOnce(
            method,
            $"is not used, and {method.Manifest.Name} remains unchanged: {difference}. Raise the version in the "
                + "manifest."
        );
        return true;
    }

    /// <summary>
    /// Returns whether the check of a method has ended; schedules the check if there was none. A worker that only
    /// describes its methods does not run them, so it needs no checks.
    /// </summary>
    private bool IsChecked(InstalledMethod method) =>
        _worker.OnlyDescribes || _checks.Of(method).Availability != Availability.Unknown;

    private MethodBuilder? TryMap(InstalledMethod method)
    {
        try
        {
            var finding = FindingOf(method) ?? "";
            var builder = InstalledMapping.Map(_worker, method.Manifest!, _executions, HealthOf(method), finding);
            if (builder.Offer.Unavailable.Length > 0)
                LogOnce(method, $"cannot be used at present: {builder.Offer.Unavailable}");
            return builder;
        }
        catch (ArgumentException conflict)
        {
            LogOnce(method, $"is not used: {conflict.Message}");
            return null;
        }
    }

    /// <summary>
    /// Returns a description of what the method lacks: its program, or what its check found to be missing. Empty if it
    /// lacks nothing, null if this is not known yet.
    /// </summary>
    private string? FindingOf(InstalledMethod method) =>
        ProgramCheck.Missing(method.Manifest!) ?? _checks.FindingOf(method);

    /// <summary>
    /// Returns whether the availability of a method has changed since it was offered. A component that the method
    /// lacks, such as a library, may be installed or removed at any time.
    /// </summary>
    private bool IsOutdated(MethodBuilder builder, InstalledMethod method)
    {
        var (offered, health) = (builder.Offer.Unavailable, HealthOf(method));
        return FindingOf(method) is { } finding
            && (offered.Length > 0 || finding.Length > 0 || health.Withdrawn is not null)
            && InstalledMapping.ReasonUnavailable(method.Manifest!, _worker.Slots, health, finding) != offered;
    }

    private bool AnyOutdated() => _mapped.Values.Any(mapped => IsOutdated(mapped.Builder, mapped.Method));

    /// <summary>Returns the health of a method. A changed manifest starts with an empty record.</summary>
    private WarmHealth HealthOf(InstalledMethod method)
    {
        var key = $"{method.File} {method.Stamp}";
        if (!_health.TryGetValue(key, out var health))
            _health[key] = health = new WarmHealth(_time);
        return health;
    }

    /// <summary>Logs a message about a manifest once for each of its versions.</summary>
    private void LogOnce(InstalledMethod method, string message)
    {
        if (_loggedStamps.TryGetValue(method.File, out var logged) && logged == method.Stamp + message)
            return;
        _loggedStamps[method.File] = method.Stamp + message;
        _log($"The manifest {method.File} {message}");
    }
}
