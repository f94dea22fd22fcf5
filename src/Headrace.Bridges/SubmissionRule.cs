using System.Text.Json;
using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Bridges;

/// <summary>Specifies what happens to a message after the server has replied to its submission.</summary>
internal enum MessageFate
{
    /// <summary>The job is on the server's disk, so the message can be removed.</summary>
    Settle,

    /// <summary>
    /// The message is invalid. No later submission can succeed, so the message becomes a dead letter.
    /// </summary>
    Reject,

    /// <summary>The token of the message belongs to another job. The message is assigned a new token.</summary>
    Rename,

    /// <summary>
    /// The server currently cannot accept the job. The bridge takes no further messages until the server can.
    /// </summary>
    Hold,
}

/// <summary>Decides what happens to a message after the server has replied to its submission.</summary>
internal static class SubmissionRule
{
    public static MessageFate Decide(ProblemReply? problem, bool hasOwnId) =>
        problem is null ? MessageFate.Settle : FateOf(NameOf(problem), hasOwnId);

    private static MessageFate FateOf(string problem, bool hasOwnId) =>
        problem switch
        {
            "bad-request" or "invalid-params" or "too-large" => MessageFate.Reject,
            // The sender chose this id for two messages, so a new token would hide the mistake.
            "key-reused" => hasOwnId ? MessageFate.Reject : MessageFate.Rename,
            // For example, the queue is full or being drained, the method is unknown, or the disk is full. The next
            // message would also be rejected. No message is lost while an operator removes the cause.
            _ => MessageFate.Hold,
        };

    /// <summary>
    /// Returns whether the submission of several messages failed because of the content of one of them: the server
    /// rejected the request as a whole, or the client could not write it. Every other failure, such as a lost
    /// connection, affects all messages, and ends when its cause does.
    /// </summary>
    public static bool IsCausedByMessage(Exception failure) =>
        failure switch
        {
            HeadraceProblemException { Name: var name } => FateOf(name, hasOwnId: false) == MessageFate.Reject,
            ObjectDisposedException => false,
            ArgumentException or InvalidOperationException or JsonException or NotSupportedException => true,
            _ => false,
        };

    private static string NameOf(ProblemReply problem) => problem.Type[(problem.Type.LastIndexOf('/') + 1)..];
}
