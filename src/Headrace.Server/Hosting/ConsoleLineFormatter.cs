using Headrace.Protocol.Local;
using Headrace.Server.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Headrace.Server.Hosting;

/// <summary>
/// Writes one line per event: time of day, level and message. It omits categories and event ids. An exception follows
/// on separate lines.
/// </summary>
internal sealed class ConsoleLineFormatter(TimeProvider time) : ConsoleFormatter(Key)
{
    public const string Key = "headrace";

    /// <summary>
    /// The log category of the web server. Every client can cause the request errors that it logs, so their stack
    /// traces are omitted.
    /// </summary>
    private const string WebServer = "Microsoft.AspNetCore.Server.Kestrel";

    /// <summary>Maximum lengths in characters. They prevent a single event from filling the log.</summary>
    private const int MaxMessageLength = 8_000;
    private const int MaxExceptionLength = 16_000;

    public override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info ",
            LogLevel.Warning => "warn ",
            LogLevel.Error => "error",
            _ => "FATAL",
        };
        // Messages can contain names, errors and the output of other programs. Such text must not be able to control
        // the terminal.
        var message = TerminalText.OneLine(
            QuotedText.Clip(logEntry.Formatter(logEntry.State, logEntry.Exception), MaxMessageLength)
        );
        textWriter.WriteLine($"{time.GetLocalNow():HH:mm:ss.fff} {level} {message}");
        if (logEntry.Exception is { } exception && !logEntry.Category.StartsWith(WebServer, StringComparison.Ordinal))
            textWriter.WriteLine(TerminalText.Lines(QuotedText.Clip(exception.ToString(), MaxExceptionLength)));
    }
}
