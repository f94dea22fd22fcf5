namespace Headrace.Core.Jobs;

/// <summary>
/// The input of a job as one stored payload: first its params if they are long, then its body. Long params therefore do
/// not occupy the broker's memory (R13, R15). They are read with the body when the lease is sent, and when a client
/// reads the job.
/// </summary>
internal static class InputPayload
{
    /// <summary>Moves the params of a new job into its payload if they are too long to stay in memory.</summary>
    public static NewJob Pack(NewJob job)
    {
        var spec = job.Spec;
        if (spec.Params.Length <= Limits.ResidentParamsBytes)
            return job;
        var packed = spec with { Params = [], PayloadParamsBytes = spec.Params.Length };
        return new NewJob(packed, job.Body.IsEmpty ? spec.Params : (byte[])[.. spec.Params, .. job.Body.Span]);
    }

    /// <summary>
    /// Returns the params of a job, given its payload; the payload may be empty if the job needs none.
    /// </summary>
    public static ReadOnlyMemory<byte> Params(JobSpec spec, ReadOnlyMemory<byte> payload) =>
        spec.PayloadParamsBytes == 0 ? spec.Params : payload[..Math.Min(spec.PayloadParamsBytes, payload.Length)];

    /// <summary>Returns the body of a job, given its payload.</summary>
    public static ReadOnlyMemory<byte> Body(JobSpec spec, ReadOnlyMemory<byte> payload) =>
        payload[Math.Min(spec.PayloadParamsBytes, payload.Length)..];
}
