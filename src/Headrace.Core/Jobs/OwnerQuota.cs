namespace Headrace.Core.Jobs;

/// <summary>
/// The limits on the unfinished jobs of one owner, as of the time of a submission; null means no limit.
/// </summary>
/// <param name="Jobs">Maximum number of unfinished jobs.</param>
/// <param name="Bytes">Maximum size of their bodies and params in bytes.</param>
internal sealed record OwnerQuota(long? Jobs, long? Bytes);
