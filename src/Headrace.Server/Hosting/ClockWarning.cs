using System.Globalization;
using Headrace.Core;
using Headrace.Server.Shards;

namespace Headrace.Server.Hosting;

/// <summary>
/// The warning in the <c>/readyz</c> reply that deadlines do not follow a large forward step of the system clock yet
/// (R20). The warning disappears when deadlines follow the step or the clock is corrected.
/// </summary>
internal sealed class ClockWarning : IEffectObserver
{
    private volatile string? _text;

    /// <summary>The warning; null if the system clock is trusted.</summary>
    public string? Text => _text;

    public void Observe(IReadOnlyList<Effect> effects)
    {
        foreach (var stepped in effects.OfType<Effect.ClockStepped>())
            _text = stepped.Step is { } step ? Describe(step) : null;
    }

    private static string Describe(ClockStep step) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"The system clock is {step.Ahead.TotalHours:0} hours ahead of the server's last known time. Deadlines "
                + $"will follow the clock once it has stayed ahead for "
                + $"{ShardClock.JumpConfirmationTime.TotalMinutes:0} minutes. If it is wrong, correct it before then."
        );
}
