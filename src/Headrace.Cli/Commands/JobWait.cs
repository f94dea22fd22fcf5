using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>Waits for one job in slices, so that the caller can check the state of the job between them.</summary>
/// <param name="client">The client.</param>
/// <param name="id">The id of the job.</param>
/// <param name="limit">The maximum time to wait; null to wait without a limit.</param>
/// <param name="began">When the wait began, as a timestamp of <c>TimeProvider.System</c>.</param>
internal sealed class JobWait(HeadraceClient client, string id, TimeSpan? limit, long began)
{
    /// <summary>A wait that begins now.</summary>
    public JobWait(HeadraceClient client, string id, TimeSpan? limit)
        : this(client, id, limit, TimeProvider.System.GetTimestamp()) { }

    public Task<JobReply> LookAsync(CancellationToken cancellationToken) => client.GetJobAsync(id, cancellationToken);

    /// <summary>
    /// Waits no longer than <paramref name="slice"/>. Returns the ended job, or null if the job has not ended yet.
    /// Throws <see cref="TimeoutException"/> if the limit for the whole wait is reached.
    /// </summary>
    public async Task<JobReply?> EndedAsync(TimeSpan slice, CancellationToken cancellationToken)
    {
        var left = limit - TimeProvider.System.GetElapsedTime(began);
        if (left < TimeSpan.Zero)
            left = TimeSpan.Zero;
        try
        {
            return await client.WaitAsync(id, left < slice ? left : slice, cancellationToken);
        }
        catch (TimeoutException)
        {
            if (limit is not { } whole || TimeProvider.System.GetElapsedTime(began) < whole)
                return null;
            var job = await LookAsync(cancellationToken);
            if (job.HasEnded())
                return job;
            throw new TimeoutException(
                (
                    $"Job {id} did not end within {DurationText.ToText(whole)}. Its state is {job.State}. " + job.Why
                ).TrimEnd()
            );
        }
    }
}
