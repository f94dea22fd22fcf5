namespace Headrace.Cli.Commands;

/// <summary>The jobs of one pull.</summary>
/// <param name="Handled">The number of jobs that were acknowledged.</param>
/// <param name="Failed">The number of jobs that were released.</param>
/// <param name="Expired">The number of jobs that were deleted before the feed acknowledged them, since its start.</param>
internal readonly record struct PulledJobs(int Handled, int Failed, long Expired);
