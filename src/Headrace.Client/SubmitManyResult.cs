using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Contains the reply to one of many submitted jobs: its id and state, or the reason for its rejection.
/// </summary>
/// <param name="Index">The position of the job in the submitted sequence, counted from 0.</param>
/// <param name="Request">The job request.</param>
/// <param name="Id">The id of the job; null when it was rejected.</param>
/// <param name="State">The state in which the job was accepted; null when it was rejected.</param>
/// <param name="Problem">The reason for the rejection; null when the job was accepted.</param>
public sealed record SubmitManyResult(long Index, JobRequest Request, string? Id, string? State, ProblemReply? Problem);
