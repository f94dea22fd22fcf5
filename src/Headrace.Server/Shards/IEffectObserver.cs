using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>
/// Receives every effect of the broker once it is durable. Register an observer as a service to subscribe it. The
/// shard's loop calls it, so it must return at once.
/// </summary>
internal interface IEffectObserver
{
    void Observe(Effect effect);
}
