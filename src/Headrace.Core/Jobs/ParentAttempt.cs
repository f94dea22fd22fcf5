namespace Headrace.Core.Jobs;

/// <summary>
/// The attempt that submitted a job, which is then its child. The child waits until the attempt has ended (R13).
/// </summary>
internal sealed record ParentAttempt(LeaseToken Lease);
