using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Commands;

/// <summary>Describes how a program ended.</summary>
internal sealed record CommandEnd
{
    public required ExitStatus Status { get; init; }

    /// <summary>
    /// Gets the reason why the worker stopped the program; <see cref="StopCause.None"/> if the program ended on its
    /// own.
    /// </summary>
    public StopCause Stopped { get; init; }

    /// <summary>
    /// Gets the words that follow the exit status in a message: the rank that ended the program, and the last line that
    /// was written to standard error, as far as there are such.
    /// </summary>
    public string Details { get; init; } = ".";

    /// <summary>
    /// Gets a sentence that states which ranks were running when the program was stopped; empty if it would not help to
    /// explain the outcome.
    /// </summary>
    public string Unfinished { get; init; } = "";

    /// <summary>Gets the function that returns the result. It is called only if the exit code means success.</summary>
    public required Func<ReadOnlyMemory<byte>> Result { get; init; }

    /// <summary>Gets the largest amount of memory that was measured, in bytes.</summary>
    public long PeakBytes { get; init; }

    /// <summary>Gets the last measured size of the scratch folder, in bytes.</summary>
    public long FolderBytes { get; init; }
}

/// <summary>Determines the outcome of a job from the way its program ended. Pure.</summary>
internal static class CommandOutcome
{
    /// <summary>The error type of a program whose exit code indicates a failure.</summary>
    public const string ExitCode = "ExitCode";

    public static JobOutcome Of(MethodManifest manifest, CommandEnd end) =>
        end.Stopped switch
        {
            StopCause.Requested => Stopped(end),
            StopCause.TimeLimit => JobOutcome.TimedOut(manifest.TimeLimit!.Value, Stopped(end), manifest.Name),
            StopCause.MemoryLimit => JobOutcome.Failed(
                "MemoryLimit",
                $"The program was killed because it used {SizeText.ToText(end.PeakBytes)} of memory. The memory limit "
                    + $"for {manifest.Name} is {SizeText.ToText(manifest.MemoryLimit!.Value)}. To allow more, increase "
                    + "'memory' in its manifest."
            ),
            StopCause.ScratchLimit => JobOutcome.Failed(
                "ScratchLimit",
                $"The program was killed because the files in its scratch folder used {end.FolderBytes} bytes. The "
                    + $"scratch limit for {manifest.Name} is {SizeText.ToText(manifest.ScratchLimit)}. To allow more, "
                    + "increase 'maxScratch' in its manifest."
            ),
            StopCause.ResultTooLarge => TooLarge(manifest),
            _ => OfExit(manifest, end),
        };

    private static JobOutcome Stopped(CommandEnd end) =>
        JobOutcome.Cancelled(
            end.Unfinished.Length > 0 ? end.Unfinished : $"The program {end.Status} after it was asked to stop."
        );

    private static JobOutcome OfExit(MethodManifest manifest, CommandEnd end)
    {
        if (!end.Status.IsKnown)
            return JobOutcome.Failed(
                "UnknownExit",
                "The program's exit status could not be read. Do not start the worker with SIGCHLD ignored."
            );
        var message = $"The program {end.Status}{end.Details}";
        if (end.Status.IsSignalled)
            return JobOutcome.Crashed(message, wasAlone: true);
        return manifest.ExitCodes.MeaningOf(end.Status.Code) switch
        {
            ExitMeaning.Succeed => OfResult(manifest, end),
            ExitMeaning.Reject => JobOutcome.Rejected(message),
            ExitMeaning.Fail => JobOutcome.Failed(ExitCode, message, retryable: false),
            _ => JobOutcome.Failed(ExitCode, message),
        };
    }

    private static JobOutcome OfResult(MethodManifest manifest, CommandEnd end)
    {
        ReadOnlyMemory<byte> result;
        try
        {
            result = end.Result();
        }
        catch (HeadraceException missing)
        {
            return JobOutcome.Failed("NoResult", $"The program {end.Status}, but {missing.Message}");
        }
        if (result.Length > manifest.MaxResult)
            return TooLarge(manifest);
        return ResultFault.Of(result, manifest.ResultType) is { } fault
            ? JobOutcome.Failed("InvalidResult", $"The program {end.Status}, but {fault}", retryable: false)
            : JobOutcome.Succeeded(result, manifest.ResultType);
    }

    private static JobOutcome TooLarge(MethodManifest manifest) =>
        JobOutcome.TooLarge(
            $"The result is larger than {SizeText.ToText(manifest.MaxResult)}, the limit for {manifest.Name}. Increase "
                + "'maxResult' in its manifest (to at most 1 MB), or store the result elsewhere and return its "
                + "location."
        );
}
