using Headrace.Core;

namespace Headrace.Cli.Commands.Consuming;

/// <summary>
/// Pulls deliveries and handles them one after another. Each delivery is acknowledged as soon as it has been handled,
/// so after a crash at most one delivery is repeated.
/// </summary>
/// <param name="source">The source of the deliveries.</param>
/// <param name="handleAsync">Processes a delivery. Returns true if it may be acknowledged.</param>
internal sealed class Consumer(IDeliverySource source, Func<Delivery, CancellationToken, Task<bool>> handleAsync)
{
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The usable fraction of a lease. The lease began shortly before the reply arrived, so no delivery is started in
    /// the last part of the lease.
    /// </summary>
    private const double UsablePartOfLease = 0.9;

    /// <summary>How long an interrupted consumer may take to release its deliveries.</summary>
    private static readonly TimeSpan ReleaseTime = TimeSpan.FromSeconds(5);

    public required int Limit { get; init; }

    public TimeSpan Wait { get; init; }

    public TimeSpan? Lease { get; init; }

    /// <summary>
    /// Pulls once, and returns the number of deliveries that were not handled. These deliveries are released, even
    /// after an interrupt.
    /// </summary>
    public async Task<int> PullAsync(CancellationToken cancellationToken)
    {
        var left = new Queue<Delivery>(await source.PullAsync(Limit, Wait, Lease, cancellationToken));
        var began = TimeProvider.System.GetTimestamp();
        var usable = UsablePartOfLease * (Lease ?? DefaultLease);
        var released = new List<string>();
        try
        {
            while (left.TryPeek(out var delivery) && TimeProvider.System.GetElapsedTime(began) < usable)
            {
                if (await handleAsync(delivery, cancellationToken))
                    await source.AcknowledgeAsync(delivery.Token, cancellationToken);
                else
                    released.Add(delivery.Token);
                left.Dequeue();
            }
        }
        finally
        {
            released.AddRange(left.Select(delivery => delivery.Token));
            if (released.Count > 0)
                await ReleaseAsync(released);
        }
        return released.Count;
    }

    private async Task ReleaseAsync(List<string> tokens)
    {
        using var time = new CancellationTokenSource(ReleaseTime);
        try
        {
            await source.ReleaseAsync(tokens, time.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HeadraceException)
        {
            // The deliveries could not be released, so their leases expire instead.
        }
    }
}
