using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Receives the effects of each batch once the batch is durable. To subscribe an observer, register it as a service.
/// The shard's loop calls the observer, so the call must return immediately.
/// </summary>
internal interface IEffectObserver
{
    void Observe(IReadOnlyList<Effect> effects);

    /// <summary>
    /// Whether the server must stop if the observer fails, because the observer keeps a copy of durable state that
    /// would then be wrong. A failure of any other observer is only logged.
    /// </summary>
    bool IsEssential => false;
}
