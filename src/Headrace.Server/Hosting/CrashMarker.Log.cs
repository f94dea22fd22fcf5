using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

internal sealed partial class CrashMarker
{
    [LoggerMessage(
        LogLevel.Warning,
        "Checking '{Database}' for at most {Seconds} s before serving it, because of how it was left: {Why}"
    )]
    private static partial void Checking(ILogger logger, string database, double seconds, string why);

    [LoggerMessage(LogLevel.Information, "'{Database}' is sound, checked in {Seconds:0.0} s")]
    private static partial void Sound(ILogger logger, string database, double seconds);

    [LoggerMessage(
        LogLevel.Warning,
        "'{Database}' has shown no damage in {Seconds:0.0} s; the check is not finished, and the next start begins it anew unless this server stops cleanly"
    )]
    private static partial void SoundSoFar(ILogger logger, string database, double seconds);
}
