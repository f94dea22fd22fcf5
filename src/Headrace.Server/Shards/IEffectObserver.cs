using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Receives every effect of the broker once it is durable. To subscribe an observer, register it as a service. The
/// shard's loop calls the observer, so the call must return immediately.
/// </summary>
internal interface IEffectObserver
{
    void Observe(Effect effect);
}
