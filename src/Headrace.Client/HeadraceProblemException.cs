using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// The server refused, and said why. <see cref="Exception.Message"/> is its sentence; <see cref="Name"/> is what a
/// program compares.
/// </summary>
public sealed class HeadraceProblemException : HeadraceException
{
    private readonly ProblemReply _problem;

    /// <summary>Wraps a refusal.</summary>
    public HeadraceProblemException(ProblemReply problem)
        : base((problem ?? throw new ArgumentNullException(nameof(problem))).Detail)
    {
        _problem = problem;
    }

    /// <summary>The HTTP status.</summary>
    public int Status => _problem.Status;

    /// <summary>The problem's address on the server, <c>/problems/queue-full</c>, where it is explained.</summary>
    public string Type => _problem.Type;

    /// <summary>The last part of <see cref="Type"/>: <c>queue-full</c>.</summary>
    public string Name => _problem.Type[(_problem.Type.LastIndexOf('/') + 1)..];

    /// <summary>What was wrong, with the values that matter and the remedy.</summary>
    public string Detail => _problem.Detail;

    /// <summary>Each fault of the parameters with its path.</summary>
    public IReadOnlyList<FaultReply> Errors => _problem.Errors ?? [];

    /// <summary>When to come back, where that helps.</summary>
    public TimeSpan? RetryAfter => _problem.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>True for 429 and 503: the same call may succeed later.</summary>
    public override bool IsTransient => Status is 429 or 503;
}
