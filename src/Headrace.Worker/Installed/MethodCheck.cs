using Headrace.Core;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Worker.Commands;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Installed;

/// <summary>
/// Runs the program that a manifest specifies for checking whether its method can run on this machine.
/// </summary>
internal static class MethodCheck
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(1);

    /// <summary>Returns the reason why the method cannot run here; null if it can. Waits for the program.</summary>
    /// <param name="manifest">The method.</param>
    /// <param name="executions">The executions of this process.</param>
    /// <param name="stop">Kills the program.</param>
    public static string? Run(MethodManifest manifest, Executions executions, CancellationToken stop)
    {
        if (manifest.Check.Count == 0)
            return null;
        var execution = new CheckExecution(manifest.Name.ToString(), stop);
        try
        {
            using var slot = new CommandSlot();
            var check = CommandOf(manifest);
            var outcome = new CommandRun(check, ranks: null, execution, executions, slot, stop).Run();
            return outcome.Error is not { } error ? null
                : outcome.Kind == OutcomeKind.TimedOut
                    ? $"The check did not end within {DurationText.ToText(check.TimeLimit!.Value)}."
                : error.Type == CommandOutcome.ExitCode && execution.LastLine.Length > 0 ? execution.LastLine
                : error.Message;
        }
        catch (Exception unavailable)
            when (unavailable is HeadraceException or IOException or UnauthorizedAccessException)
        {
            return unavailable.Message;
        }
    }

    /// <summary>Returns the check in the form of a method that runs a process for each job.</summary>
    private static MethodManifest CommandOf(MethodManifest manifest) =>
        manifest with
        {
            Arguments = manifest.Check,
            Warm = null,
            Mpi = null,
            Input = Passage.None,
            Output = Passage.Stream,
            ResultType = "text/plain",
            ExitCodes = ExitCodes.Default,
            TimeLimit = manifest.Warm?.StartLimit ?? DefaultLimit,
        };
}
