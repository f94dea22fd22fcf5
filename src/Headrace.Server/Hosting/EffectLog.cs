using Headrace.Core;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>Writes the effects of broker commands to the log.</summary>
internal sealed partial class EffectLog(ILogger<EffectLog> logger) : IEffectObserver
{
    public void Observe(IReadOnlyList<Effect> effects)
    {
        foreach (var effect in effects)
            Log(effect);
    }

    private void Log(Effect effect)
    {
        switch (effect)
        {
            case Effect.WorkerJoined joined:
                WorkerJoined(joined.Worker.Worker, joined.Worker.Incarnation, joined.Pool);
                break;
            case Effect.WorkerDisconnected gone:
                WorkerDisconnected(gone.Worker.Worker, gone.Worker.Incarnation, gone.Reason, gone.Leases);
                break;
            case Effect.OfferRefused refused:
                OfferRefused(refused.Worker.Worker, refused.Method, refused.Reason);
                break;
            case Effect.WorkerRejected refused:
                WorkerRejected(refused.Worker.Worker, refused.Worker.Incarnation, refused.Reason);
                break;
            case Effect.JobFailed failed:
                JobFailed(failed.Job, failed.Method, failed.Reason, failed.Message);
                break;
            case Effect.Stalled stalled:
                Stalled(stalled.Extension.TotalSeconds);
                break;
            case Effect.ClockStepped { Step: { } step }:
                ClockStepped((long)Math.Round(step.Ahead.TotalHours), (long)Math.Ceiling(step.Remaining.TotalMinutes));
                break;
            case Effect.ClockStepped:
                ClockTrusted();
                break;
        }
    }
}
