using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Worker.Commands;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Installed;

/// <summary>
/// Offers the installed methods in addition to the worker's other methods, and watches their folder for changes while
/// the worker runs. A manifest that is faulty, that conflicts with another method, or whose method cannot run on this
/// machine, is reported in the log and affects nothing else. While a manifest is faulty, for example because it is
/// being edited, the worker keeps offering the previous version of the method.
/// </summary>
internal sealed class MethodsWatch : IDisposable
{
    /// <summary>
    /// Interval between checks of the folder, short enough that a change takes effect within two seconds.
    /// </summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly HeadraceWorker _worker;
    private readonly MethodsFolder _folder;
    private readonly Func<string, bool> _isWanted;
    private readonly Action<string> _log;
    private readonly Executions _executions;
    private readonly AvailabilityChecks _checks;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly Dictionary<MethodRef, (MethodBuilder Builder, InstalledMethod Method)> _mapped = [];
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
        (_worker, _folder, _isWanted, _log, _executions) = (worker, folder, isWanted, log, new Executions(time));
        _checks = new AvailabilityChecks(_executions, time);
        _timer = time.CreateTimer(_ => Check(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Maps the installed methods, and keeps them up to date until disposal.</summary>
    /// <param name="worker">The worker, which has not started yet.</param>
    /// <param name="folder">The folder of the installed methods.</param>
    /// <param name="isWanted">Returns whether the worker should offer the method with this name.</param>
    /// <param name="log">Receives messages about manifests that are not used.</param>
    /// <param name="time">The clock of the checks.</param>
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
                if (_disposed || _folder.Stamp() is var stamp && stamp == _stamp && !_checks.HasNews)
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
            .ToLookup(AvailabilityOf);
        var valid = wanted[Availability.Available].ToDictionary(method => method.Manifest!.Name);
        var undecided = methods
            .Where(method => method.Manifest is null)
            .Concat(wanted[Availability.Unknown])
            .Select(method => method.File)
            .ToHashSet();
        var changed = false;
        foreach (var (name, mapped) in _mapped.ToList())
            if (
                valid.TryGetValue(name, out var now)
                    ? now.Stamp != mapped.Method.Stamp || now.File != mapped.Method.File
                    : !undecided.Contains(mapped.Method.File)
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
    /// Returns whether the method can run here. A worker that only describes its methods runs none of them.
    /// </summary>
    private Availability AvailabilityOf(InstalledMethod method)
    {
        if (_worker.OnlyDescribes)
            return Availability.Available;
        var (availability, reason) = _checks.Of(method);
        if (availability == Availability.Unavailable)
            LogOnce(method, $"is not offered: {reason}");
        return availability;
    }

    private MethodBuilder? TryMap(InstalledMethod method)
    {
        try
        {
            return Map(_worker, method.Manifest!, _executions);
        }
        catch (ArgumentException conflict)
        {
            LogOnce(method, $"is not used: {conflict.Message}");
            return null;
        }
    }

    /// <summary>Maps the method that a manifest describes.</summary>
    internal static MethodBuilder Map(HeadraceWorker worker, MethodManifest manifest, Executions executions)
    {
        IMethodExecutor executor = manifest.Warm is null
            ? new CommandExecutor(manifest, executions)
            : new WarmExecutor(manifest, executions);
        var builder = worker.MapExecutor(
            manifest.Name.ToString(),
            new ExecutorOptions
            {
                Schema = manifest.ParamsSchema,
                ResultSchema = manifest.ResultSchema,
                MaxBatchSize = manifest.Warm is { BatchSize: > 1 } warm ? warm.BatchSize : 0,
                MaxWait = manifest.Warm?.BatchWait ?? TimeSpan.Zero,
            },
            executor
        );
        builder.Slots(manifest.Slots);
        if (manifest.Retry != new RetryOptions())
            builder.Retry(manifest.Retry);
        builder.NeverRetry([.. manifest.PermanentErrors]);
        if (manifest.Exclusive)
            builder.Exclusive();
        if (manifest.FailWhenLost)
            builder.FailWhenLost();
        return builder;
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
