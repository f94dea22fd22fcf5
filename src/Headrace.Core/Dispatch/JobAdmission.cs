using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>The rules for a new job, whether a client or a running attempt submits it (R13, R21, R22).</summary>
internal sealed class JobAdmission(BrokerState state, CapacityRule capacity)
{
    /// <summary>
    /// Returns the rejection if the job has an unknown method, or if there is no capacity for it; otherwise null, and
    /// its method.
    /// </summary>
    public Rejection? Check(JobSpec spec, OwnerQuota? quota, Elapsed now, out Method? method) =>
        !state.Methods.TryGet(spec.Method, out method)
        || (spec.Version != 0 && method.Find(spec.Version) is null)
            ? UnknownMethod(spec)
            : capacity.Check(spec, quota, now);

    /// <summary>Returns the specification with everything that the server and the method determine.</summary>
    public JobSpec Complete(in NewJob job, JobSpec spec, Method method, ApplyContext context)
    {
        var settings = state.Queues.SettingsOf(spec.Queue);
        // The submission time is taken from the server's clock, not the client's, so that scheduled times and ordering
        // use one clock (R20). The key is stored in a separate row, which outlives the live job.
        return spec with
        {
            Submitted = context.Now,
            ScheduledAt = spec.ScheduledAt > context.Now ? spec.ScheduledAt : context.Now,
            TimeLimit = spec.TimeLimit > TimeSpan.Zero ? spec.TimeLimit : settings.TimeLimit,
            Retry = job.Retry is { } stated
                ? method.CompleteRetry(stated, spec.Version, settings.Retry ?? RetryOptions.None)
                : spec.Retry,
            Key = null,
        };
    }

    private Rejection UnknownMethod(JobSpec spec)
    {
        var asked = new MethodRef(spec.Method, spec.Version);
        var known = state.Methods.All.SelectMany(m => m.Versions.Select(v => new MethodRef(m.Name, v.Number)));
        return new Rejection(
            RejectionKind.UnknownMethod,
            $"No worker has ever offered the method '{asked}'. "
                + UnknownMethodText.Of(asked, [.. known], "Start a worker, then submit again.")
        );
    }
}
