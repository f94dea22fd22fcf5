using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Output;

/// <summary>Formats an attempt of a job as a block of lines.</summary>
internal static class AttemptText
{
    public static void Write(Terminal terminal, AttemptReply attempt)
    {
        terminal.WriteLine($"attempt {attempt.Attempt}: {attempt.Outcome} on {attempt.Worker}");
        terminal.WriteLine(
            $"  claimed {Format.Time(attempt.Claimed)}, started {Format.Time(attempt.Started)}, "
                + $"ended {Format.Time(attempt.Ended)}"
        );
        if (attempt.Error is { } error)
            terminal.WriteLine($"  {error.Type}: {error.Message}");
        if (attempt.Log is { } log)
            foreach (var line in log.TrimEnd('\n').Split('\n'))
                terminal.WriteLine($"  | {line}");
    }
}
