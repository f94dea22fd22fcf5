using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Thrown when the server rejects a call. <see cref="Exception.Message"/> explains the problem; programs should compare
/// <see cref="Name"/>.
/// </summary>
public sealed class HeadraceProblemException : HeadraceException
{
    private readonly ProblemReply _problem;

    /// <summary>Creates an exception from the problem that the server returned.</summary>
    public HeadraceProblemException(ProblemReply problem)
        : base((problem ?? throw new ArgumentNullException(nameof(problem))).Detail)
    {
        _problem = problem;
    }

    /// <summary>Gets the HTTP status code.</summary>
    public int Status => _problem.Status;

    /// <summary>
    /// Gets the path of the server page that explains the problem, such as <c>/problems/queue-full</c>.
    /// </summary>
    public string Type => _problem.Type;

    /// <summary>Gets the last segment of <see cref="Type"/>, such as <c>queue-full</c>.</summary>
    public string Name => _problem.Type[(_problem.Type.LastIndexOf('/') + 1)..];

    /// <summary>Gets the explanation, with the relevant values and the remedy.</summary>
    public string Detail => _problem.Detail;

    /// <summary>Gets the validation errors of the parameters, each with its path. Empty for other problems.</summary>
    public IReadOnlyList<FaultReply> Errors => _problem.Errors ?? [];

    /// <summary>Gets the time to wait before the next attempt; null when the server specified none.</summary>
    public TimeSpan? RetryAfter => _problem.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Gets a value indicating whether the same call may succeed later: true for 429 and 503.</summary>
    public override bool IsTransient => Status is 429 or 503;
}
