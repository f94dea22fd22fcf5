using Headrace.Protocol.Json;

namespace Headrace.Bridges;

/// <summary>What happens to a message after the server has answered its submission.</summary>
internal enum MessageFate
{
    /// <summary>The job is on the server's disk, so the message can be removed.</summary>
    Settle,

    /// <summary>The message is at fault. No later submission can succeed, so it becomes a dead letter.</summary>
    Reject,

    /// <summary>The token of the message names another job. The message gets a new token.</summary>
    Rename,

    /// <summary>
    /// The server cannot accept the job at present. The bridge takes no further messages until it can.
    /// </summary>
    Hold,
}

/// <summary>Decides what happens to a message after the server has answered its submission.</summary>
internal static class SubmissionRule
{
    public static MessageFate Decide(ProblemReply? problem, bool hasOwnId) =>
        problem is null
            ? MessageFate.Settle
            : NameOf(problem) switch
            {
                "bad-request" or "invalid-params" or "too-large" => MessageFate.Reject,
                // An id that the sender chose names the other message as well, so a new token would hide the mistake.
                "key-reused" => hasOwnId ? MessageFate.Reject : MessageFate.Rename,
                // The queue is full or drained, the method is unknown, the disk is full: the next message would be
                // rejected as well. Nothing is lost while an operator removes the cause.
                _ => MessageFate.Hold,
            };

    private static string NameOf(ProblemReply problem) => problem.Type[(problem.Type.LastIndexOf('/') + 1)..];
}
