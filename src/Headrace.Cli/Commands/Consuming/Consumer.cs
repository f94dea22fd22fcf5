using Headrace.Core;

namespace Headrace.Cli.Commands.Consuming;

/// <summary>
/// Pulls deliveries and handles them one after another. A delivery is acknowledged as soon as it has been handled, so
/// that a crash repeats at most the one that was being handled.
/// </summary>
/// <param name="source">Where to pull from.</param>
/// <param name="handleAsync">Processes a delivery. Returns true if it may be acknowledged.</param>
internal sealed class Consumer(IDeliverySource source, Func<Delivery, CancellationToken, Task<bool>> handleAsync)
{
    private static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The lease began shortly before the reply arrived, so no delivery is started in the last part of the lease.
    /// </summary>
    private const double UsablePartOfLease = 0.9;

    /// <summary>How long an interrupted consumer takes to release what it holds.</summary>
    private static readonly TimeSpan ReleaseTime = TimeSpan.FromSeconds(5);

    public required int Limit { get; init; }

    public TimeSpan Wait { get; init; }

    public TimeSpan? Lease { get; init; }

    /// <summary>
    /// Pulls once, and returns the number of deliveries that could not be handled. They are released, even
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
            // The leases expire instead.
        }
    }
}
