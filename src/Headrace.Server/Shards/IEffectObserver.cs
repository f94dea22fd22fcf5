using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Receives the effects of each batch once it is durable. To subscribe an observer, register it as a service. The
/// shard's loop calls the observer, so the call must return immediately.
/// </summary>
internal interface IEffectObserver
{
    void Observe(IReadOnlyList<Effect> effects);

    /// <summary>
    /// True if the observer keeps a copy of durable state, which would be wrong after a failure, so the server ends.
    /// The failure of any other observer is only logged.
    /// </summary>
    bool IsEssential => false;
}
