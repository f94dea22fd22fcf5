using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>What became of one submission of many: an id and state, or the problem with this one alone.</summary>
/// <param name="Index">Which submission, counted from 0 in the order they were given.</param>
/// <param name="Submission">The submission itself.</param>
/// <param name="Id">The job's id; null when it was refused.</param>
/// <param name="State">The state it was taken in; null when it was refused.</param>
/// <param name="Problem">Why it was refused; null when it was taken.</param>
public sealed record SubmittedJob(long Index, Submission Submission, string? Id, string? State, ProblemReply? Problem);
