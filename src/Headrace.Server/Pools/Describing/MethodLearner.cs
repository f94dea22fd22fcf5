using Headrace.Core;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Describing;

/// <summary>
/// Determines the methods of a pool's worker program before a worker has started, so that jobs for these methods are
/// accepted while the pool has no workers. The program is run with <c>--describe</c>, and again whenever one of its
/// files changes.
/// </summary>
internal sealed partial class MethodLearner(
    DescribedProgram program,
    PoolMethods methods,
    IShardRouter shards,
    TimeProvider time,
    ILogger<MethodLearner> logger
)
{
    /// <summary>How often the files of the program are checked. A check reads the status of a few files.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Interval at which the server tries again to register refused methods. Some of them become acceptable later, for
    /// example once the workers of an earlier version of the program have exited.
    /// </summary>
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(15);

    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ProgramFiles _files = new(program.Command, program.InstalledMethods);
    private ProgramDescription? _description;
    private DateTimeOffset _registered;

    public string Pool => program.Pool;

    /// <summary>
    /// Completes when the program has been asked for its methods once, whether or not it listed them.
    /// </summary>
    public Task First => _first.Task;

    /// <summary>Determines the methods once, and again after each change, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        string? seen = null;
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                try
                {
                    var files = _files.Fingerprint();
                    if (files != seen)
                        await DescribeAsync(isFirst: seen is null, stop);
                    else if (methods.Refused.Count > 0 && time.GetUtcNow() - _registered >= RetryPeriod)
                        await RegisterAsync(stop);
                    seen = files;
                }
                catch (MailboxClosedException)
                {
                    // The store accepts no commits. The next check will try again.
                }
#pragma warning disable CA1031 // The next check may succeed.
                catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
                {
                    CheckFailed(fault, program.Pool);
                }
            } while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server is stopping.
        }
        finally
        {
            _first.TrySetResult();
        }
    }

    private async Task DescribeAsync(bool isFirst, CancellationToken stop)
    {
        // The built-in methods of Headrace are known, so its worker program is run only if other methods are installed.
        if (!program.IsUnknown && isFirst && !_files.AnyInstalled)
        {
            _first.TrySetResult();
            return;
        }
        try
        {
            _description = await DescribeRun.RunAsync(program.Command, time, stop);
            await RegisterAsync(stop);
            Described(program.Pool, methods.Offers is { Count: > 0 } offers ? string.Join(", ", offers) : "no methods");
            foreach (var (method, why) in methods.Refused)
                Refused(program.Pool, method, why);
        }
        catch (HeadraceException failed) when (failed is not MailboxClosedException)
        {
            methods.OnNotDescribed(failed.Message);
            NotDescribed(program.Pool, failed.Message);
        }
        _first.TrySetResult();
    }

    private async Task RegisterAsync(CancellationToken stop)
    {
        if (_description is not { } description)
            return;
        var refused = new Dictionary<MethodRef, string>(description.Invalid);
        foreach (var shard in shards.All)
        {
            var registered = await shard.QueryAsync<Response.MethodsRegistered>(
                new Command.RegisterMethods(description.Offers),
                stop
            );
            foreach (var (method, why) in registered.Refused)
                refused[method] = why;
        }
        _registered = time.GetUtcNow();
        methods.OnDescribed(
            [
                .. description
                    .Offers.Select(offer => new MethodRef(offer.Method, offer.Version))
                    .Where(offer => !refused.ContainsKey(offer)),
            ],
            refused
        );
    }
}
