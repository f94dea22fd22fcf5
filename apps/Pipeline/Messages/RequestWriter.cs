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

    public static byte[] Stop(MessageForm form) =>
        Encoding.UTF8.GetBytes(form == MessageForm.Redis ? "null" : "{\"stop\":true}");
}
