using System.Net.Sockets;
using System.Text;
using Headrace.Core;

namespace Headrace.Server.Http;

/// <summary>
/// An unexpected exception in the form in which it is logged. The log contains no params and no bodies, but the message
/// of an exception often quotes the value that caused it, such as "The input string '…' was not in a correct format."
/// Therefore, only types and stack traces are logged, plus the messages of system errors, such as a full disk.
/// </summary>
internal sealed class LoggedFault(Exception fault) : Exception(Describe(fault))
{
    /// <summary>Maximum length of the text in characters: about 60 frames of a stack trace.</summary>
    private const int MaxLength = 8_000;

    private const int MaxMessageLength = 500;

    public override string? StackTrace => fault.StackTrace;

    public override string ToString()
    {
        var text = new StringBuilder();
        for (var cause = fault; cause is not null && text.Length < MaxLength; cause = cause.InnerException)
        {
            if (cause != fault)
                text.Append("\ncaused by ");
            text.Append(Describe(cause)).Append('\n').Append(cause.StackTrace);
        }
        return QuotedText.Clip(text.ToString(), MaxLength);
    }

    private static string Describe(Exception cause) =>
        cause is IOException or UnauthorizedAccessException or SocketException or HeadraceException
            ? $"{cause.GetType()}: {QuotedText.Clip(cause.Message, MaxMessageLength)}"
            : $"{cause.GetType()}";
}
