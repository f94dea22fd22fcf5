using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

internal sealed partial class CrashMarker
{
    [LoggerMessage(LogLevel.Warning, "Checking '{Database}' for at most {Seconds} s before serving requests: {Why}")]
    private static partial void Checking(ILogger logger, string database, double seconds, string why);

    [LoggerMessage(LogLevel.Information, "'{Database}' passed the check in {Seconds:0.0} s")]
    private static partial void Sound(ILogger logger, string database, double seconds);

    [LoggerMessage(
        LogLevel.Warning,
        "The check of '{Database}' found no damage in {Seconds:0.0} s, but it is not complete. The next "
            + "start repeats it unless this server stops cleanly"
    )]
    private static partial void SoundSoFar(ILogger logger, string database, double seconds);
}
