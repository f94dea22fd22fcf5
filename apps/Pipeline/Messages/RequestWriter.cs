using System.Globalization;
using System.Text;

namespace Headrace.Apps.Pipeline.Messages;

/// <summary>Writes the messages that <see cref="RequestReader"/> reads. Pure.</summary>
internal static class RequestWriter
{
    public static byte[] Param(long param, MessageForm form) =>
        Encoding.UTF8.GetBytes(
            form == MessageForm.Redis
                ? param.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{{\"param\":{param}}}")
        );

    /// <summary>
    /// Writes the message that a program sends to itself. In a list of Redis, a space distinguishes it from the same
    /// parameter of another sender, so that it can be withdrawn.
    /// </summary>
    public static byte[] Own(long param, MessageForm form) =>
        form == MessageForm.Redis ? [.. Param(param, form), (byte)' '] : Param(param, form);

    public static byte[] Stop(MessageForm form) =>
        Encoding.UTF8.GetBytes(form == MessageForm.Redis ? "null" : "{\"stop\":true}");
}
