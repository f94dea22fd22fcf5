using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Receives the effects of each batch once it is durable. To subscribe an observer, register it as a service. The
/// shard's loop calls the observer, so the call must return immediately.
/// </summary>
internal interface IEffectObserver
{
    void Observe(IReadOnlyList<Effect> effects);
}
